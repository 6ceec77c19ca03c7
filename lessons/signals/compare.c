/* a signal to ourselves, and `sigtimedwait` */
#define _GNU_SOURCE
#include <signal.h>
#include <unistd.h>

#include "compare.h"

static sigset_t set;

static void work(void)
{
	const struct timespec now = { 0 };
	siginfo_t info;

	if (kill(getpid(), SIGRTMIN))
		fail("kill");
	if (sigtimedwait(&set, &info, &now) != SIGRTMIN)
		fail("sigtimedwait");
}

int main(int argc, char **argv)
{
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		fail("sigprocmask");
	return compare(argc, argv, work);
}
