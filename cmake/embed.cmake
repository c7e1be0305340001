# backstep_embed(NAME FILE): makes NAME.h in the build folder, with the text of FILE as the array
# `NAME`, a string. Done again whenever FILE changes.
function(backstep_embed name file)
    file(READ ${CMAKE_CURRENT_SOURCE_DIR}/${file} bytes HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    file(CONFIGURE OUTPUT ${name}.h CONTENT "static const char ${name}[] = {@bytes@0};\n" @ONLY)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
endfunction()
