/* Prints the JSON Schema, for schema_test.py. */
#include "sim/scenario/document.h"

int main(void)
{
    return scenario_write_schema(stdout) ? 0 : 1;
}
