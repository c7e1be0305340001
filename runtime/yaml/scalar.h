/*
 * The scalars of scenario and plan files: text to integers and back. No floating point: a decimal
 * such as `1.5s` or `0.25%` is exact, or refused as too fine.
 *
 *   duration  `0s`, `250ms`, `1.5s`, `1d`   a number and a unit: ns us ms s m h d
 *   age       `30d`, or `forever`           a duration, or 0 for `forever`
 *   shift     `2h`, `-2h`                   a duration, or with a `-` a negative one
 *   span      `2ms..40ms`, or one duration for both ends
 *   rate      `2%`, `0.5%`, `1/1000`        to parts per million, at most 100%
 *   share     a rate; or `true` for 100%, `false` for 0%
 *   drift     `50ppm`, `-50ppm`             whole parts per million
 *   factor    `10x`
 *   attempts  `4`, or `unlimited` for UINT32_MAX
 *   numbers   `2`, `1..3`, or `3..` up to UINT32_MAX
 *   integer   `0`, `100`                    no sign, no separators, no leading zeros
 *   boolean   `true`, `false`
 */
#ifndef BACKSTEP_RUNTIME_YAML_SCALAR_H
#define BACKSTEP_RUNTIME_YAML_SCALAR_H

#include <stdbool.h>
#include <stdint.h>

/* The longest duration: ten years. */
#define YAML_DURATION_MAX_NS UINT64_C(315360000000000000)

enum yaml_parsed {
    YAML_PARSED,
    YAML_MALFORMED,    /* not of this kind */
    YAML_TOO_FINE,     /* finer than a nanosecond, or than one in a million */
    YAML_TOO_LARGE,    /* more than the integer holds, or than 100% */
    YAML_BACKWARD,     /* a range whose end is before its start */
    YAML_OUT_OF_BOUNDS /* well-formed, but not what the key allows (reader.h) */
};

enum yaml_parsed yaml_parse_integer(const char *text, uint64_t *number);
enum yaml_parsed yaml_parse_duration(const char *text, uint64_t *ns);
enum yaml_parsed yaml_parse_shift(const char *text, int64_t *ns);
enum yaml_parsed yaml_parse_span(const char *text, uint64_t *lo_ns, uint64_t *hi_ns);
enum yaml_parsed yaml_parse_rate(const char *text, uint32_t *ppm);
enum yaml_parsed yaml_parse_share(const char *text, uint32_t *ppm);
enum yaml_parsed yaml_parse_drift(const char *text, int32_t *ppm);
enum yaml_parsed yaml_parse_factor(const char *text, uint32_t *factor);
enum yaml_parsed yaml_parse_attempts(const char *text, uint32_t *attempts);
enum yaml_parsed yaml_parse_numbers(const char *text, uint32_t *lo, uint32_t *hi);
enum yaml_parsed yaml_parse_boolean(const char *text, bool *truth);

enum { YAML_SCALAR_MAX = 32 /* bytes of a printed scalar, with the NUL */ };

/* The shortest exact text, which reads back as the same number. Returns the buffer. */
const char *yaml_print_duration(char text[YAML_SCALAR_MAX], uint64_t ns);
const char *yaml_print_rate(char text[YAML_SCALAR_MAX], uint32_t ppm);
const char *yaml_print_attempts(char text[YAML_SCALAR_MAX], uint32_t attempts);

#endif
