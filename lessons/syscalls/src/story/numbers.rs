//! What a call is handed: its number, and addresses; and what comes of wrong ones.

use crossings_syscalls::{mistake, numbers};
use lesson::{part, show};

pub fn the_numbers() {
    part("numbers");
    let shown = |number: Option<i32>| number.map_or("-".to_owned(), |it| it.to_string());
    println!("            x86-64   x86  arm64");
    for name in ["write", "open", "openat", "getppid", "exit_group"] {
        let numbers = numbers::numbers(name);
        let [a, b, c] = [numbers.x86_64, numbers.x86, numbers.aarch64].map(shown);
        println!("{name:12} {a:>5} {b:>5} {c:>6}");
    }
    let names = numbers::names(1).map(|name| name.unwrap_or("-"));
    println!("number 1 is: {}", names.join(", "));
}

pub fn no_such_call() {
    part("no such call");
    show("call 100000", mistake::no_such_call());
    let since = numbers::release().is_some_and(|release| release >= (6, 10));
    println!("mseal is there: as of Linux 6.10: {}", numbers::has_mseal() == since);
}

pub fn a_bad_pointer() {
    part("a bad pointer");
    show("write 5 bytes from address 0 into a pipe", mistake::into_a_pipe(0));
    show("write 5 bytes from address 0 into /dev/null", mistake::into_null(0));
    let result = mistake::into_null(mistake::KERNEL);
    show("write 5 bytes of the kernel's into /dev/null", result);
}
