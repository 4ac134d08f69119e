set(files batch_norm.cpp infer_shape.cpp operators.cpp validate.cpp weight_map.cpp)
