set(hot camera.cpp canvas.cpp preprocess.cpp resize.cpp warp.cpp)
set(files camera.cpp canvas.cpp decode.cpp file_type.cpp homography.cpp orientation.cpp png_chunks.cpp pnm.cpp preprocess.cpp resize.cpp
          stb.cpp warp.cpp)
if(LPRNET_WITH_LIBPNG)
  list(APPEND files png.cpp)
  set_source_files_properties(image/stb.cpp PROPERTIES COMPILE_DEFINITIONS LPRNET_WITH_LIBPNG)
else()
  list(APPEND files png_with_stb.cpp)
endif()
if(LPRNET_WITH_LIBJPEG)
  list(APPEND files jpeg.cpp)
else()
  list(APPEND files jpeg_segments.cpp jpeg_with_stb.cpp)
endif()
# A fused multiply-add would round otherwise than OpenCV does.
set_source_files_properties(image/resize.cpp image/warp.cpp PROPERTIES COMPILE_OPTIONS -ffp-contract=off)
# -O3 makes it twice as large, and pictures of plates are small.
set_source_files_properties(image/stb.cpp PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Release>:-O2>)
