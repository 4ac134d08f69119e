set(files weight_map.cpp)
