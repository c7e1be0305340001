# How everything is compiled. Linked, privately, by every target of ours and by nothing else.
option(BACKSTEP_TESTS "Build the tests" ON)
set(BACKSTEP_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them; empty for none")
option(BACKSTEP_BENCH "Build the benchmark (with the tests it is built anyway)" OFF)
option(BACKSTEP_COVERAGE "Count lines and branches for gcov" OFF)
option(BACKSTEP_FUZZ "Build the fuzz targets (clang's libFuzzer)" OFF)

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(backstep_options INTERFACE)
target_include_directories(backstep_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(backstep_options INTERFACE _GNU_SOURCE
                           BACKSTEP_VERSION="${PROJECT_VERSION}")
# Assertions stay on in release: they are for us, and we want to know.
target_compile_options(backstep_options INTERFACE
    -UNDEBUG -Wall -Wextra -Werror -Wswitch-enum -Wshadow -Wstrict-prototypes
    -Wmissing-prototypes -Wpointer-arith -Wvla -Wwrite-strings -Wundef -Wformat=2
    -fno-common -fno-strict-aliasing)
# A session is copied for each event; gcc's own `rep movs` for it is slower than the C library.
include(CheckCCompilerFlag)
check_c_compiler_flag(-mstringop-strategy=libcall BACKSTEP_HAS_STRINGOP)
if(BACKSTEP_HAS_STRINGOP)
    target_compile_options(backstep_options INTERFACE -mstringop-strategy=libcall)
endif()
if(BACKSTEP_SANITIZE)
    target_compile_options(backstep_options INTERFACE
        -fsanitize=${BACKSTEP_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(backstep_options INTERFACE -fsanitize=${BACKSTEP_SANITIZE})
endif()
if(BACKSTEP_COVERAGE)
    target_compile_options(backstep_options INTERFACE --coverage -fprofile-abs-path -fprofile-update=atomic)
    target_link_options(backstep_options INTERFACE --coverage)
endif()

# backstep_library(NAME sources... LIBS libraries...): one static library, for one folder.
function(backstep_library name)
    cmake_parse_arguments(ARG "" "" "LIBS" ${ARGN})
    add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
    target_link_libraries(${name} PUBLIC ${ARG_LIBS} PRIVATE backstep_options)
endfunction()
