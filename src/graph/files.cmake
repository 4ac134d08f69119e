set(files infer_shape.cpp operators.cpp validate.cpp weight_map.cpp)
