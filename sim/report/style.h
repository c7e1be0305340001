/* Colour and width: what a terminal has and a file has not. */
#ifndef BACKSTEP_SIM_REPORT_STYLE_H
#define BACKSTEP_SIM_REPORT_STYLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct report_style {
    bool colour;
    size_t columns; /* 0: as many as it takes */
};

enum report_ink { REPORT_GOOD, REPORT_BAD, REPORT_STRONG, REPORT_FAINT };

/* What follows is written in this ink, until report_ink_end(); nothing without colour. */
void report_ink(FILE *out, const struct report_style *style, enum report_ink ink);
void report_ink_end(FILE *out, const struct report_style *style);

#endif
