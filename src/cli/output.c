#include "src/cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "src/cli/console.h"
#include "src/cli/interrupt.h"

int cli_output_write(void *context, const char *data, size_t bytes) {
    cli_output *output = context;
    errno = 0;
    if (!cli_interrupted() && fwrite(data, 1, bytes, stdout) == bytes) {
        return 0;
    }
    output->failure = cli_interrupted() ? EINTR : errno != 0 ? errno : EIO;
    return 1;
}

int cli_output_end(const cli_output *output, int code, const kith_error *error) {
    if (cli_interrupted()) {
        clearerr(stdout); /* a write that waited for its reader was stopped too */
        return cli_fail("interrupted: the output is unfinished");
    }
    if (output->failure != 0 && output->failure != EPIPE) {
        return cli_fail("cannot write to standard output, %s", strerror(output->failure));
    }
    return code == KITH_OK || output->failure == EPIPE ? CLI_OK : cli_fail_error(error);
}
