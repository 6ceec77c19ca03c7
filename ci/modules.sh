# shellcheck shell=bash disable=SC2034 # shares variables with what reads it
# Every module of the course and every solution of an exercise in one folder, each where it stands in the repository. So
# one call of make builds them all, and what a tool says of a file names one that is here.

# lay_out FOLDER: fills modules with the folders that modules were put in, such as kmods/ioctl and exercises/ioctl/leak. Starters
# and wrong solutions are wrong on purpose: an exercise.c is the starter with solution.diff applied.
lay_out() {
	local file module name
	modules=()
	rm -rf "$1" && mkdir -p "$1" && cp -r kmods "$1"
	for file in kmods/*/Kbuild; do
		modules+=("${file%/Kbuild}")
	done
	for file in exercises/*/*/exercise.c; do
		[[ -e $file ]] || continue
		module=${file%/exercise.c}
		name=${module#exercises/} name=${name//\//_} # kbuild refuses two modules of one name
		mkdir -p "$1/$module"
		patch --silent --output="$1/$file" "$file" "$module/solution.diff"
		# shellcheck disable=SC2016 # make's own variable
		printf 'obj-m := %s.o\n%s-y := exercise.o\nccflags-y := -I$(src)/../../../kmods/include\n' "$name" "$name" \
			>"$1/$module/Kbuild"
		modules+=("$module")
	done
	printf 'obj-m += %s/\n' "${modules[@]}" >"$1/Kbuild"
}
