# Libraries from the system, each as one imported target.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(LIBFYAML REQUIRED IMPORTED_TARGET libfyaml)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
add_library(backstep_yaml_library ALIAS PkgConfig::LIBFYAML)
add_library(backstep_json_library ALIAS PkgConfig::JANSSON)
add_library(backstep_hash_library ALIAS PkgConfig::XXHASH)
