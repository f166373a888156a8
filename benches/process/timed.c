/* Runs a command as a process with its output thrown away, and prints how long it took in
 * microseconds, its peak memory in kilobytes and its exit status. It is C because the peak
 * memory of a child counts the parent's pages at the fork. Usage: timed COMMAND ARGUMENT... */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
    struct timespec began, ended;
    struct rusage usage;
    int status;

    if (argc < 2) return 2;
    clock_gettime(CLOCK_MONOTONIC, &began);
    pid_t child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(null, 1);
        execv(argv[1], argv + 1);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child) return 1;
    clock_gettime(CLOCK_MONOTONIC, &ended);
    long long elapsed = (ended.tv_sec - began.tv_sec) * 1000000LL
                        + (ended.tv_nsec - began.tv_nsec) / 1000;
    printf("%lld %ld %d\n", elapsed, usage.ru_maxrss,
           WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
