/* Paragraphs of a report: a label in bold, and beside it words, wrapped at the page's edge. */
#ifndef BACKSTEP_SIM_REPORT_LABEL_H
#define BACKSTEP_SIM_REPORT_LABEL_H

#include <stddef.h>
#include <stdio.h>

#include "sim/report/style.h"

enum { REPORT_LABEL_COLUMNS = 10 };

/* Words in lines of at most a page's columns, each after so many spaces; the text's own line breaks
 * are spaces. The first line begins where the stream stands: at that margin. */
void report_write_wrapped(FILE *out, const char *text, size_t margin);

/* "label       words"; "nothing" for a text without words. */
void report_write_labelled(FILE *out, const struct report_style *style, const char *label,
                           const char *text);

#endif
