/* Names as expressions have them. */
#ifndef KITH_CLI_QUOTE_H
#define KITH_CLI_QUOTE_H

/* A name or a text as an expression has it: in quotes, those in it doubled. Owned. */
char *cli_quote(const char *name);
/* segment('NAME'), score('NAME.OUTPUT'), score('NAME') where the output is NULL: owned. */
char *cli_segment_test(const char *segment);
char *cli_score_call(const char *score, const char *output);

#endif
