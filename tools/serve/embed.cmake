# cmake -D IN=file -D OUT=file.cpp -D NAME=kName -P embed.cmake: the file's bytes as a constant.
file(READ ${IN} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
file(WRITE ${OUT} "#include \"embedded.h\"\n\nnamespace lprnet::serve {\nnamespace {\nconstexpr unsigned char ${NAME}Bytes[] = {${bytes}};\n}\nconst std::string_view ${NAME}(reinterpret_cast<const char*>(${NAME}Bytes), sizeof ${NAME}Bytes);\n}\n")
