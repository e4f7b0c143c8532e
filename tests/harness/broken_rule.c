/* SPDX-License-Identifier: MIT
 * Assertions that are meant to fail, in a copy of the test program. For unit tests: fuzz targets have no cmocka. */
#include "harness/harness.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int from_copy; /* what the copy of the program says */
static pid_t copy;

bool harness_split(void)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fflush(nullptr);
    copy = fork();
    assert_true(copy >= 0);
    from_copy = ends[0];
    if (copy == 0) {
        dup2(ends[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL); /* cmocka would go on with the next test */
    }
    close(ends[1]);
    return copy == 0;
}

void harness_came_back(void)
{
    fprintf(stderr, "no assertion failed");
    _exit(0);
}

void harness_judge_end(const char *wanted)
{
    char said[512] = "";
    size_t length = 0;
    for (ssize_t more; (more = read(from_copy, said + length, sizeof said - 1 - length)) > 0;)
        length += (size_t)more;
    close(from_copy);
    int status;
    waitpid(copy, &status, 0);
    if (strncmp(said, wanted, strlen(wanted)) != 0)
        fail_msg("wanted '%s', got '%s'", wanted, said);
}
