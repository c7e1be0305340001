/* Prints the JSON Schema, for schema_test.py. */
#include "runtime/config/config.h"

int main(void)
{
    return config_write_schema(stdout) ? 0 : 1;
}
