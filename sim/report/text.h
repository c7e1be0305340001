/*
 * How numbers, instants and names are written for people, and how text is made safe for XML,
 * JSON and Markdown. Each report_print_ function fills the caller's buffer and returns it.
 */
#ifndef BACKSTEP_SIM_REPORT_TEXT_H
#define BACKSTEP_SIM_REPORT_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { REPORT_TEXT_MAX = 32 /* bytes of a printed number, with the NUL */ };

/* "1,234,567" */
const char *report_print_count(char text[REPORT_TEXT_MAX], uint64_t count);

/* How long, cut to two units: "412 us", "312 ms", "12.3 s", "5m 02s", "2h 03m", "12d 4h", "3y 20d"
 */
const char *report_print_span(char text[REPORT_TEXT_MAX], uint64_t ns);

/* When, since the start of the run, cut to microseconds: "0:05:00.000001" */
const char *report_print_instant(char text[REPORT_TEXT_MAX], uint64_t ns);

/* Cents: "49.90" */
const char *report_print_money(char text[REPORT_TEXT_MAX], uint64_t cents);

/* Memory, cut to tenths: "512 B", "57.1 MiB", "3.9 GiB" */
const char *report_print_bytes(char text[REPORT_TEXT_MAX], uint64_t bytes);

/* How rare something is, of so many cases one: "1 in 417", "1 in 24 million" */
const char *report_print_odds(char text[REPORT_TEXT_MAX], uint64_t cases);

/* 16 hex digits */
const char *report_print_hash(char text[REPORT_TEXT_MAX], uint64_t hash);

/* Columns that UTF-8 text takes: its code points; bytes that are no UTF-8 count one each. */
size_t report_width(const char *text);

/* Writes the text in exactly so many columns: padded, or cut with "..." */
void report_write_cell(FILE *out, const char *text, size_t columns);

/* Writes text inside XML: escaped, and what XML cannot hold (control characters, bytes that are no
 * UTF-8) as U+FFFD. In an attribute line breaks and tabs are references; in a text they stay. */
void report_write_xml(FILE *out, const char *text);
void report_write_xml_text(FILE *out, const char *text);

/* A copy in which bytes that are no UTF-8 are U+FFFD: paths may hold any. The caller frees it; NULL
 * when memory is out. */
char *report_clean(const char *text);

/* Writes text into a cell of a Markdown table. */
void report_write_markdown(FILE *out, const char *text);

/* The bytes of the UTF-8 sequence at `text`, 1 to 4; 0 if there is none (ill-formed, overlong, a
 * surrogate, beyond U+10FFFF). A NUL is one byte. */
size_t report_utf8_len(const char *text);

#endif
