set(hot interpolate.cpp targets.cpp)
# The kernels are written in vectors. What gcc would do to their loops beside unrolling makes 38 KB more of them and no
# plate faster.
set(no_copies -fno-ipa-cp-clone -fno-split-loops -fno-split-paths -fno-tree-vectorize -fno-unswitch-loops
              -fno-version-loops-for-strides)
set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/kernels/targets.cpp PROPERTIES
  COMPILE_OPTIONS "$<$<AND:$<CONFIG:Release>,$<CXX_COMPILER_ID:GNU>>:${no_copies}>")
set(files grid.cpp interpolate.cpp kernel_set.cpp norm.cpp reduce.cpp reference.cpp targets.cpp)
