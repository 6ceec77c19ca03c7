/* adding up 64 KiB of mapped words */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

#include "compare.h"

#define SIZE 65536

static _Atomic uint64_t *words;
static volatile uint64_t result;

static void work(void)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < SIZE / sizeof(*words); i++)
		sum += atomic_load_explicit(&words[i], memory_order_relaxed);
	result = sum;
}

int main(int argc, char **argv)
{
	int fd = open("/dev/crossings_mmap", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fail("open");
	words = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (words == MAP_FAILED)
		fail("mmap");
	return compare(argc, argv, work);
}
