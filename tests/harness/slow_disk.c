/* A disk that takes 2 ms to say that it has written, as one in a cloud does: put before
   the C library by LD_PRELOAD, in a process whose fsync and fdatasync shall take that long. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

#define NANOSECONDS 2000000L

static int slow(const char *name, int file)
{
    int (*quick)(int) = (int (*)(int)) dlsym(RTLD_NEXT, name);
    struct timespec rest = {0, NANOSECONDS};
    nanosleep(&rest, 0);
    return quick(file);
}

int fsync(int file)
{
    return slow("fsync", file);
}

int fdatasync(int file)
{
    return slow("fdatasync", file);
}
