/*
 * What the C programs share: do the work so many times, and print how many
 * nanoseconds it takes once.
 */
#ifndef COMPARE_H
#define COMPARE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static inline int compare(int argc, char **argv, void (*work)(void))
{
	long times = argc > 1 ? atol(argv[1]) : 1000;
	struct timespec start, end;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (long i = 0; i < times; i++)
		work();
	clock_gettime(CLOCK_MONOTONIC, &end);

	printf("%.1f\n", ((end.tv_sec - start.tv_sec) * 1e9 +
			  (end.tv_nsec - start.tv_nsec)) / times);
	return 0;
}

#endif /* COMPARE_H */
