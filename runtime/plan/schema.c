#include "runtime/plan/schema.h"

#include "runtime/plan/keys.h"
#include "runtime/yaml/schema.h"

json_t *plan_schema(void)
{
    return yaml_schema("A backstep plan", &plan_shape);
}
