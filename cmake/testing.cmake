# backstep_test(NAME sources... LIBS libraries...): one cmocka binary, for one module, as a test.
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

function(backstep_test name)
    cmake_parse_arguments(ARG "" "" "LIBS" ${ARGN})
    add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
    target_link_libraries(${name} PRIVATE ${ARG_LIBS} backstep_options PkgConfig::CMOCKA)
    target_compile_definitions(${name} PRIVATE BACKSTEP_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
endfunction()
