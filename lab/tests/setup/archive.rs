//! A small Debian archive on disk, made with Debian's own tools, and a web server of one's own for it.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};
use tempfile::TempDir;

/// Each suite that the set-up may read on one of its systems, with its folder on the server.
const SUITES: [(&str, &str); 6] = [
    ("debian", "bookworm"),
    ("debian", "bookworm-backports"),
    ("security", "bookworm-security"),
    ("debian", "trixie"),
    ("security", "trixie-security"),
    ("debian", "trixie-backports"),
];

/// Where the kernels and busybox are: the set-up reads this suite on every system.
pub const SUITE: &str = "bookworm-security";

/// Where what is for 32-bit PCs is, on every system.
const SITE_SUITE: &str = "bookworm";

/// What a site needs besides a kernel: the packages, and their files.
const FOR_32_BITS: [(&str, &[&str]); 10] = [
    ("libc6-dev-i386", &["usr/lib32/crt1.o", "usr/lib32/rcrt1.o", "usr/lib32/libc.a"]),
    (
        "lib32gcc-12-dev",
        &[
            "usr/lib/gcc/x86_64-linux-gnu/12/32/crtbeginS.o",
            "usr/lib/gcc/x86_64-linux-gnu/12/32/libgcc.a",
            "usr/lib/gcc/x86_64-linux-gnu/12/32/libgcc_eh.a",
        ],
    ),
    ("seabios", &["usr/share/seabios/bios.bin", "usr/share/seabios/vgabios-stdvga.bin"]),
    ("busybox-static:i386", &["bin/busybox"]),
    ("e2fsprogs:i386", &["sbin/mke2fs"]),
    ("libext2fs2:i386", &["lib/i386-linux-gnu/libext2fs.so.2", "lib/i386-linux-gnu/libe2p.so.2"]),
    ("libcom-err2:i386", &["lib/i386-linux-gnu/libcom_err.so.2"]),
    ("libblkid1:i386", &["lib/i386-linux-gnu/libblkid.so.1"]),
    ("libuuid1:i386", &["lib/i386-linux-gnu/libuuid.so.1"]),
    ("libc6:i386", &["lib/i386-linux-gnu/libc.so.6", "lib/i386-linux-gnu/ld-linux.so.2"]),
];

/// What the programs that build modules for the newest kernel want: the packages, and a file of each.
const LIBRARIES: [(&str, &str); 4] = [
    ("libc6", "ld-linux-x86-64.so.2"),
    ("libelf1t64", "libelf.so.1"),
    ("zlib1g", "libz.so.1"),
    ("libzstd1", "libzstd.so.1"),
];

/// The Makefile of a kernel's source that builds one with nothing in it. `DROPPED` is what it drops of a configuration.
const SOURCE: &str = r#"
release := 6.12.117-debug
srctree := $(CURDIR)
allnoconfig:
	grep -v DROPPED $(KCONFIG_ALLCONFIG) >$(O)/.config
bzImage:
	mkdir -p $(O)/arch/x86/boot $(O)/include/config
	echo vmlinuz >$(O)/arch/x86/boot/bzImage
	echo $(release) >$(O)/include/config/kernel.release
modules:
modules_install:
	mkdir -p $(INSTALL_MOD_PATH)/lib/modules/$(release)/kernel
	gcc -c -x c /dev/null -o $(INSTALL_MOD_PATH)/lib/modules/$(release)/kernel/module.ko
	echo kernel/module.ko >$(INSTALL_MOD_PATH)/lib/modules/$(release)/modules.order
	echo kernel/planted.ko >$(INSTALL_MOD_PATH)/lib/modules/$(release)/modules.builtin
run-command:
	$(KBUILD_RUN_COMMAND)
"#;

/// What packs the headers in such a source, in the folder that it is told.
const PACK: &str = r#"#!/bin/sh -e
mkdir -p $1/include/linux $1/include/config $1/scripts/mod $1/tools/objtool
for file in include/linux/module.h include/config/auto.conf scripts/mod/modpost tools/objtool/objtool Module.symvers; do
	echo planted >$1/$file
done
echo modules: >$1/Makefile
"#;

/// Of the kernel's source, what the set-up keeps.
const CHECKERS: [&str; 4] = [
    "scripts/checkpatch.pl",
    "scripts/spelling.txt",
    "scripts/const_structs.checkpatch",
    "scripts/coccinelle/null/planted.cocci",
];

/// A throw-away key: a home of gpg with one key in it, and that key as apt wants it.
pub struct Key(TempDir);

impl Key {
    /// Another one.
    pub fn new() -> Self {
        let key = Key(tempfile::tempdir().expect("tempdir"));
        fs::set_permissions(key.0.path(), fs::Permissions::from_mode(0o700)).expect("chmod");
        let made = ["--passphrase", "", "--quick-gen-key", "planted", "ed25519", "sign", "never"];
        finish(key.gpg().args(made));
        finish(key.gpg().arg("--output").arg(key.public()).arg("--export"));
        key
    }

    /// The file with the public key.
    pub fn public(&self) -> PathBuf {
        self.0.path().join("public.gpg")
    }

    fn gpg(&self) -> Command {
        let mut gpg = Command::new("gpg");
        gpg.args(["--batch", "--quiet", "--yes", "--homedir"]).arg(self.0.path());
        gpg
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf").arg("--homedir").arg(self.0.path()).args(["--kill", "gpg-agent"]).status();
    }
}

/// The archive: `debian` and `security`, as the server shows them.
pub struct Archive {
    folder: TempDir,
    key: Arc<Key>,
}

impl Archive {
    /// An archive with busybox and an emulator in it, for [`Archive::publish`].
    pub fn new() -> Self {
        Self::signed_by(Arc::new(Key::new()))
    }

    /// What this archive may become: another one, with the same key.
    pub fn successor(&self) -> Self {
        Self::signed_by(self.key.clone())
    }

    fn signed_by(key: Arc<Key>) -> Self {
        let archive = Archive { folder: tempfile::tempdir().expect("tempdir"), key };
        for (_, suite) in SUITES {
            archive.package(suite, "planted", "1.0", "", &[]); // apt does not fetch an empty index
        }
        archive.package(SUITE, "busybox-static", "1.0", "", &[("bin/busybox", "#!/bin/sh\n")]);
        let version = "#!/bin/sh\necho 'QEMU emulator version 10.0.2 (planted)'\n";
        for suite in ["bookworm-backports", "trixie"] {
            archive.package(suite, "qemu-system-x86", "10.0", "", &[("usr/bin/qemu-system-x86_64", version)]);
        }
        archive
    }

    /// Adds the release `abi` of a kernel, such as 6.1.0-57, but not those of its packages named in
    /// `lacking`.
    pub fn kernel(self, abi: &str, version: &str, lacking: &[&str]) -> Self {
        self.flavour(SUITE, abi, "cloud-amd64", version, lacking)
    }

    /// Adds the release `abi` of a kernel of this flavour, which shares much with [`Archive::kernel`].
    pub fn kernel_of(self, flavour: &str, abi: &str, version: &str) -> Self {
        self.flavour(SUITE, abi, flavour, version, &[])
    }

    /// Adds the release `abi` of the newest kernel, whose image is in parts, but not those of its packages named in `lacking`;
    /// and the libraries that its programs want.
    pub fn newest(self, abi: &str, version: &str, lacking: &[&str]) -> Self {
        for (name, library) in LIBRARIES {
            self.package("trixie", name, "2.41", "", &[(&format!("usr/lib/x86_64-linux-gnu/{library}"), "planted")]);
        }
        let release = format!("{abi}-cloud-amd64");
        let (headers, common, kbuild) =
            (format!("linux-headers-{release}"), format!("linux-headers-{abi}-common"), format!("linux-kbuild-{abi}"));
        let folder = format!("usr/src/{headers}");
        let makefile = format!("KBUILD_OUTPUT=/{folder}\ninclude /usr/src/{common}/Makefile\n");
        let depends =
            format!("linux-base (>= 4.12~), linux-base-{release} (= {version}), {common} (= {version}), {kbuild}");
        let modules = format!("usr/lib/modules/{release}");
        let [base, binary, kept] = ["base", "binary", "modules"].map(|part| format!("linux-{part}-{release}"));
        let parts = [
            (
                &headers,
                depends.as_str(),
                vec![
                    (format!("{folder}/Makefile"), makefile.as_str()),
                    (format!("{folder}/.config"), "CONFIG_PLANTED=y\n"),
                    (format!("{folder}/.kernelvariables"), "CC = gcc-14\n"),
                    (format!("{folder}/include/config/auto.conf"), "CONFIG_DEBUG_INFO_BTF_MODULES=y\n"),
                    (format!("{folder}/Module.symvers"), "0x0\tplanted\tvmlinux\tEXPORT_SYMBOL\n"),
                    (format!("{folder}/scripts/mod/modpost"), "modpost"),
                    (format!("{folder}/tools/objtool/objtool"), "objtool"),
                ],
            ),
            (&common, "", vec![(format!("usr/src/{common}/Makefile"), "modules:\n")]),
            (&kbuild, "", vec![(format!("usr/lib/{kbuild}/scripts/program"), "\x7fELF planted")]),
            (&base, "", vec![(format!("{modules}/modules.builtin"), "kernel/planted.ko\n")]),
            (&binary, "", vec![(format!("{modules}/vmlinuz"), "vmlinuz")]),
            (
                &kept,
                "",
                vec![
                    (format!("{modules}/modules.order"), "kernel/module.ko\n"),
                    (format!("{modules}/kernel/module.ko"), ""),
                ],
            ),
        ];
        for (name, depends, files) in parts.iter().filter(|(name, ..)| !lacking.contains(&name.as_str())) {
            let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
            self.package("trixie-backports", name, version, depends, &files);
        }
        self
    }

    /// Adds the release `abi` of the kernel for 32-bit PCs, which shares much with [`Archive::kernel`], and what programs for them
    /// are linked with, but not the packages named in `lacking`.
    pub fn site(self, abi: &str, version: &str, lacking: &[&str]) -> Self {
        for (name, files) in FOR_32_BITS.iter().filter(|(name, _)| !lacking.contains(name)) {
            let files: Vec<_> = files.iter().map(|path| (*path, "planted\n")).collect();
            self.package(SITE_SUITE, name, "1.0", "", &files);
        }
        self.flavour(SITE_SUITE, abi, "686", version, lacking)
    }

    fn flavour(self, suite: &str, abi: &str, flavour: &str, version: &str, lacking: &[&str]) -> Self {
        let series = abi.split('.').take(2).collect::<Vec<_>>().join(".");
        let release = format!("{abi}-{flavour}");
        let headers = format!("linux-headers-{release}");
        let (common, kbuild) = (format!("linux-headers-{abi}-common"), format!("linux-kbuild-{series}"));
        let (image, unsigned) = (format!("linux-image-{release}"), format!("linux-image-{release}-unsigned"));
        let in_headers = |file: &str| format!("usr/src/{headers}/{file}");
        // A module that is compiled for it waits as long as there is the file that $PLANTED_WAIT names.
        let makefile =
            "modules:\n\t@while [ -n \"$$PLANTED_WAIT\" ] && [ -e \"$$PLANTED_WAIT\" ]; do sleep 0.05; done\n";
        let depends = format!("{common} (= {version}), {kbuild} (>= {version}), linux-compiler-gcc-12-x86");
        let files = [
            (in_headers("Makefile"), makefile),
            (in_headers(".config"), "CONFIG_PLANTED=y\n"),
            (in_headers(".kernelvariables"), "CC := gcc-12\n"),
            (in_headers("Module.symvers"), "0x0\tplanted\tvmlinux\tEXPORT_SYMBOL\n"),
            (in_headers("scripts/mod/modpost"), "modpost"),
            (in_headers("tools/objtool/objtool"), "objtool"),
        ];
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        let architecture = if flavour == "686" { ":i386" } else { "" };
        let add = |name: &str, depends: &str, files: &[(&str, &str)]| {
            // What all flavours of a release share comes with that for this machine.
            if !lacking.contains(&name) && (suite == SUITE || name.contains(flavour)) {
                self.package(suite, &format!("{name}{architecture}"), version, depends, files);
            }
        };
        add(&headers, &depends, &files);
        add(&common, "", &[(&format!("usr/src/{common}/Makefile"), "# common")]);
        add(&kbuild, "", &[(&format!("usr/lib/{kbuild}/modpost"), "modpost")]);
        for name in [&image, &unsigned] {
            let modules = format!("lib/modules/{release}");
            let files = [
                (format!("boot/vmlinuz-{release}"), "vmlinuz"),
                (format!("{modules}/modules.builtin"), "kernel/planted.ko\n"),
                (format!("{modules}/modules.order"), "kernel/module.ko\n"),
                (format!("{modules}/kernel/module.ko"), ""),
            ];
            let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
            add(name, "", &files);
        }
        // What makes apt know the signed image by name, whether it is there or not.
        self.package(suite, &format!("linux-image-{flavour}{architecture}"), version, &image, &[]);
        self
    }

    /// Adds a version of the kernel's source, which holds little more than its checkers.
    pub fn source(self, suite: &str, version: &str) -> Self {
        self.source_that_drops("nothing", suite, version)
    }

    /// The same, and what `dropped` matches is dropped of each configuration that it is built with.
    pub fn source_that_drops(self, dropped: &str, suite: &str, version: &str) -> Self {
        let folder = "usr/src/linux-source-6.12.tar.xz";
        self.package(suite, "linux-source-6.12", version, "", &[(folder, &SOURCE.replace("DROPPED", dropped))]);
        self
    }

    /// Builds a package, for amd64 or, of a name with `:i386`, for that; a file that ends in .ko is an object file of gcc's, one that ends in .tar.xz a kernel's source
    /// with this Makefile.
    pub fn package(&self, suite: &str, name: &str, version: &str, depends: &str, files: &[(&str, &str)]) {
        let tree = tempfile::tempdir().expect("tempdir");
        for (path, text) in files {
            let path = tree.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("mkdir");
            fs::write(&path, text).expect("write");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("chmod");
            if path.extension().is_some_and(|ending| ending == "ko") {
                let gcc = ["-c", "-x", "c", "/dev/null", "-o"];
                finish(Command::new("gcc").args(gcc).arg(&path));
            } else if path.to_string_lossy().ends_with(".tar.xz") {
                let source = tempfile::tempdir().expect("tempdir");
                let folder = "linux-source-6.12";
                let checkers = CHECKERS.map(|file| (file, "planted\n"));
                for (file, text) in
                    [("Makefile", *text), ("scripts/package/install-extmod-build", PACK)].iter().chain(&checkers)
                {
                    let file = source.path().join(folder).join(file);
                    fs::create_dir_all(file.parent().expect("a folder")).expect("mkdir");
                    fs::write(&file, text).expect("write");
                    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("chmod");
                }
                finish(Command::new("tar").arg("-cJf").arg(&path).arg("-C").arg(source.path()).arg(folder));
            }
        }
        let (name, architecture) = name.split_once(':').unwrap_or((name, "amd64"));
        let control = tree.path().join("DEBIAN");
        fs::create_dir(&control).expect("mkdir");
        let depends = if depends.is_empty() { String::new() } else { format!("Depends: {depends}\n") };
        let fields = format!(
            "Package: {name}\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: Nobody <nobody@example.org>\n\
             {depends}Description: planted\n"
        );
        fs::write(control.join("control"), fields).expect("write control");
        let pool = self.suite(suite).0.join("pool").join(suite);
        fs::create_dir_all(&pool).expect("mkdir");
        let deb = pool.join(format!("{name}_{version}_{architecture}.deb"));
        finish(Command::new("dpkg-deb").args(["-Znone", "--root-owner-group", "-b"]).arg(tree.path()).arg(deb));
    }

    /// Indexes and signs every suite.
    pub fn publish(self) -> Self {
        for (_, suite) in SUITES {
            self.index(suite);
            self.release(suite);
            self.sign(suite, &self.key);
        }
        self
    }

    /// The folders of a suite's archive and of its indexes.
    fn suite(&self, suite: &str) -> (PathBuf, PathBuf) {
        let (archive, _) = SUITES.iter().find(|(_, name)| *name == suite).expect("a suite");
        let archive = self.path().join(archive);
        let dists = archive.join("dists").join(suite);
        (archive, dists)
    }

    fn index(&self, suite: &str) {
        let (archive, dists) = self.suite(suite);
        fs::create_dir_all(archive.join("pool").join(suite)).expect("mkdir");
        let pool = format!("pool/{suite}");
        for architecture in ["amd64", "i386"] {
            let folder = dists.join(format!("main/binary-{architecture}"));
            fs::create_dir_all(&folder).expect("mkdir");
            let index = ["--arch", architecture, "packages", &pool];
            let packages = finish(Command::new("apt-ftparchive").args(index).current_dir(&archive));
            fs::write(folder.join("Packages"), packages).expect("write Packages");
        }
    }

    fn release(&self, suite: &str) {
        let (_, dists) = self.suite(suite);
        let label = if suite.ends_with("-security") { "Debian-Security" } else { "Debian" };
        let mut command = Command::new("apt-ftparchive");
        for field in
            ["Origin=Debian", &format!("Label={label}"), &format!("Suite={suite}"), &format!("Codename={suite}")]
        {
            command.arg("-o").arg(format!("APT::FTPArchive::Release::{field}"));
        }
        command.args(["-o", "APT::FTPArchive::Release::Components=main"]);
        command.args(["-o", "APT::FTPArchive::Release::Architectures=amd64 i386", "release"]);
        let release = finish(command.arg(&dists));
        fs::write(dists.join("Release"), release).expect("write Release");
    }

    /// Signs the list of a suite's indexes.
    pub fn sign(&self, suite: &str, key: &Key) {
        let (_, dists) = self.suite(suite);
        finish(key.gpg().arg("--output").arg(dists.join("InRelease")).arg("--clearsign").arg(dists.join("Release")));
    }

    /// Takes the signature away.
    pub fn unsign(&self, suite: &str) {
        fs::remove_file(self.suite(suite).1.join("InRelease")).expect("remove InRelease");
    }

    /// Indexes a suite that has another package now, and leaves the list of its indexes as it was.
    pub fn half_synchronise(&self) {
        self.package(SUITE, "another", "1.0", "", &[]);
        self.index(SUITE);
    }

    /// Replaces a package's file by one of the same length.
    pub fn damage(&self, name: &str) {
        let path = &self.files(name)[0];
        let mut bytes = fs::read(path).expect("read");
        *bytes.last_mut().expect("a byte") ^= 1;
        fs::write(path, bytes).expect("write");
    }

    /// Deletes a package's file, in whichever suites it is.
    pub fn delete(&self, name: &str) {
        self.files(name).iter().for_each(|file| fs::remove_file(file).expect("delete"));
    }

    fn files(&self, name: &str) -> Vec<PathBuf> {
        let pools = SUITES.iter().map(|(_, suite)| self.suite(suite).0.join("pool").join(suite));
        let files = pools.flat_map(|pool| fs::read_dir(pool).expect("read the pool").flatten());
        let is_it = |file: &fs::DirEntry| file.file_name().to_string_lossy().starts_with(&format!("{name}_"));
        let found: Vec<_> = files.filter(is_it).map(|file| file.path()).collect();
        assert!(!found.is_empty(), "no {name}");
        found
    }

    /// Takes the place of `other`, as an archive does when it is updated.
    pub fn replace(&self, other: &Path) {
        let old = other.with_extension("old");
        fs::rename(other, &old).expect("rename");
        fs::rename(self.path(), other).expect("rename");
        fs::remove_dir_all(old).expect("remove");
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The file with the key that signs it.
    pub fn key(&self) -> PathBuf {
        self.key.public()
    }
}

/// Called with each path that is asked for; true makes the server say that there is no such file.
type Watch = Box<dyn FnMut(&str) -> bool + Send>;

/// Serves a folder on an address of this machine.
pub struct Server {
    /// The address, without a path.
    pub address: String,
    /// The paths that were asked for.
    pub asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves `folder` until the test program ends.
    pub fn of(folder: &Path, mut watch: impl FnMut(&str) -> bool + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("listen");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (folder, heard) = (folder.to_path_buf(), asked.clone());
        let watch: Arc<Mutex<Watch>> = Arc::new(Mutex::new(Box::new(move |path| watch(path))));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (folder, heard, watch) = (folder.clone(), heard.clone(), watch.clone());
                std::thread::spawn(move || answer(stream, &folder, &heard, &watch));
            }
        });
        Server { address, asked }
    }
}

/// Answers one request, which has no body, and hangs up.
fn answer(mut stream: TcpStream, folder: &Path, heard: &Mutex<Vec<String>>, watch: &Mutex<Watch>) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let request = lines.next()?.ok()?;
    while !lines.next()?.ok()?.is_empty() {}
    let path = request.split(' ').nth(1)?.replace("%2b", "+").replace("%7e", "~").replace("%2f", "/");
    heard.lock().expect("lock").push(path.clone());
    let gone = watch.lock().expect("lock")(&path);
    let file = folder.join(path.trim_start_matches('/'));
    let file = if file.is_dir() { file.join("index.html") } else { file };
    let (status, body) = match fs::read(file) {
        Ok(body) if !gone => ("200 OK", body),
        _ => ("404 Not Found", Vec::new()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&body).ok()
}

/// Runs it to its end, and returns what it printed.
#[track_caller]
pub fn finish(command: &mut Command) -> Vec<u8> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}; `ci/setup.sh --test` installs it"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
