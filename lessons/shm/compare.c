/* a record to another process, and one back */
#define _GNU_SOURCE
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compare.h"

struct exchange {
	sem_t empty, full;
	_Atomic uint64_t first, second;
};

static struct exchange *there, *back;

static void put(struct exchange *exchange, uint64_t value)
{
	if (sem_wait(&exchange->empty))
		fail("sem_wait");
	atomic_store_explicit(&exchange->first, value, memory_order_relaxed);
	atomic_store_explicit(&exchange->second, value, memory_order_relaxed);
	if (sem_post(&exchange->full))
		fail("sem_post");
}

static uint64_t take(struct exchange *exchange)
{
	uint64_t first, second;

	if (sem_wait(&exchange->full))
		fail("sem_wait");
	first = atomic_load_explicit(&exchange->first, memory_order_relaxed);
	second = atomic_load_explicit(&exchange->second, memory_order_relaxed);
	if (sem_post(&exchange->empty))
		fail("sem_post");
	if (first != second)
		fail("a torn record");
	return first;
}

static void work(void)
{
	put(there, 7);
	if (take(back) != 7)
		fail("another record");
}

/* In a segment that only this process and its children have. */
static struct exchange *make(void)
{
	int segment = shmget(IPC_PRIVATE, 4096, IPC_CREAT | IPC_EXCL | 0600);
	struct exchange *exchange;

	if (segment < 0)
		fail("shmget");
	exchange = shmat(segment, NULL, 0);
	shmctl(segment, IPC_RMID, NULL);
	if (exchange == (void *)-1)
		fail("shmat");
	if (sem_init(&exchange->empty, 1, 1) || sem_init(&exchange->full, 1, 0))
		fail("sem_init");
	return exchange;
}

int main(int argc, char **argv)
{
	cpu_set_t here;
	pid_t child;
	int result;

	/* On one processor, or we would measure how fast the other wakes up. */
	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	if (sched_setaffinity(0, sizeof(here), &here))
		fail("sched_setaffinity");
	there = make();
	back = make();
	child = fork();
	if (child < 0)
		fail("fork");
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			put(back, take(there));
	}
	result = compare(argc, argv, work);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return result;
}
