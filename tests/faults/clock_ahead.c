/* Put before the C library (LD_PRELOAD), it makes the wall clock of a process three hours fast. The clock that measures
   how long something took goes on as it is, as on a machine whose date is wrong. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

#define AHEAD_S (3 * 60 * 60)

typedef int (*clock_gettime_t)(clockid_t, struct timespec *);

int clock_gettime(clockid_t clock, struct timespec *now) {
    static clock_gettime_t real;
    if (real == NULL) {
        real = (clock_gettime_t)dlsym(RTLD_NEXT, "clock_gettime");
    }
    int answer = real(clock, now);
    if (answer == 0 && clock == CLOCK_REALTIME) {
        now->tv_sec += AHEAD_S;
    }
    return answer;
}
