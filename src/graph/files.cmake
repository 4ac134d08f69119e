set(files
  batch_norm.cpp
  cost.cpp
  infer_shape.cpp
  operators.cpp
  optimize.cpp
  passes/channel_facts.cpp
  passes/divide_after_linear.cpp
  passes/drop_identities.cpp
  passes/fold_batch_norm.cpp
  passes/mean_before_linear.cpp
  passes/merge_identical.cpp
  passes/remove_channels.cpp
  passes/slice_before_pooling.cpp
  passes/split_average.cpp
  validate.cpp
  weight_map.cpp)
set(hot passes/channel_facts.cpp passes/fold_batch_norm.cpp)
