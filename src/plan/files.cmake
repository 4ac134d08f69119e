set(files arena.cpp lower_conv.cpp lower_elementwise.cpp lower_grid.cpp lower_matmul.cpp lower_norm.cpp lower_pool.cpp
          lower_recurrent.cpp lower_shape.cpp lower_winograd.cpp lowering_bytes.cpp packed_weights.cpp plan.cpp
          plan_builder.cpp team.cpp)
set(hot lower_winograd.cpp packed_weights.cpp plan.cpp)
