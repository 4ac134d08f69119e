// Files of torch.save: those that PyTorch wrote (tests/golden/pth), and those built here for what
// it writes seldom or on other machines.
#include "import/pth.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "formats/safetensors.h"
#include "lprnet/error.hpp"
#include "tests/error_of.h"
#include "tests/import/torch_writer.h"

namespace lprnet::importer {
namespace {

using graph::DType;
using test::pickled::boolean;
using test::pickled::call;
using test::pickled::dict;
using test::pickled::global;
using test::pickled::integer;
using test::pickled::none;
using test::pickled::numbers;
using test::pickled::object;
using test::pickled::storage;
using test::pickled::tensor;
using test::pickled::text;
using test::pickled::tuple;
using testing::HasSubstr;

const std::filesystem::path kGolden =
    std::filesystem::path(LPRNET_SOURCE_DIR) / "tests" / "golden" / "pth";

base::Bytes as_bytes(const std::string& text) {
  auto owner = std::make_shared<const std::string>(text);
  const auto* data = reinterpret_cast<const std::uint8_t*>(owner->data());
  return {data, text.size(), std::move(owner)};
}

graph::WeightMap read(const std::string& file) { return read_pth(as_bytes(file), "a.pth").weights; }

std::string message_of(const std::string& file, ErrorCode code) {
  try {
    read(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "was read";
  return "";
}

std::string content(const graph::RawTensor& raw) {
  return {reinterpret_cast<const char*>(raw.bytes.data), raw.bytes.size};
}

std::vector<float> floats(const graph::RawTensor& raw) { return graph::to_float(raw).to_vector(); }

std::vector<std::string> golden_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kGolden)) {
    const std::string name = entry.path().filename().string();
    const std::string expected = name.substr(0, name.find('.')) + ".safetensors";
    if (name.ends_with(".pth") && std::filesystem::exists(kGolden / expected)) {
      names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

class TorchSaved : public testing::TestWithParam<std::string> {};

TEST_P(TorchSaved, HoldsTheTensorsThatItsPyTorchSaved) {
  const auto weights = read_pth(base::read_file(kGolden / GetParam()), GetParam()).weights;
  const std::string expected_name = GetParam().substr(0, GetParam().find('.')) + ".safetensors";
  const auto expected =
      formats::read_safetensors(base::read_file(kGolden / expected_name), expected_name).tensors;
  ASSERT_GE(expected.size(), 3U);
  for (const auto& [name, tensor] : expected) {
    ASSERT_TRUE(weights.contains(name)) << name;
    const graph::RawTensor& found = weights.at(name);
    EXPECT_EQ(found.dtype, tensor.dtype) << name;
    EXPECT_EQ(found.shape, tensor.shape) << name << found.shape.to_string();
    EXPECT_EQ(content(found), content(tensor)) << name;
  }
  EXPECT_EQ(weights.size(), expected.size());
}

INSTANTIATE_TEST_SUITE_P(Golden, TorchSaved, testing::ValuesIn(golden_files()),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(Pth, GoldenFilesOfBothContainersAndPyTorchesAreThere) {
  EXPECT_EQ(golden_files().size(), 16U);  // 4 contents, 2 containers, 2 versions
}

TEST(Pth, SparseTensorsAreRefusedByName) {
  for (const char* name : {"sparse.zip.torch1_13.pth", "sparse.zip.torch2_13.pth"}) {
    try {
      read_pth(base::read_file(kGolden / name), name);
      ADD_FAILURE() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
      EXPECT_THAT(error.what(), HasSubstr("'torch._utils._rebuild_sparse_tensor'"));
    }
  }
}

TEST(Pth, DenseTensorsShareTheFilesBytes) {
  const auto file = as_bytes(
      test::torch_zip(dict({{"a.weight", tensor(storage("FloatStorage", "0", 4), 1, {3}, {1})}}),
                      {{"0", 4, test::bytes_of<float>({1, 2, 3, 4})}}));
  const auto weights = read_pth(file, "a.pth").weights;
  const graph::RawTensor& found = weights.at("a.weight");
  EXPECT_GE(found.bytes.data, file.data);
  EXPECT_LT(found.bytes.data, file.data + file.size);
  EXPECT_EQ(found.bytes.keeper, file.keeper);
  EXPECT_EQ(floats(found), (std::vector<float>{2, 3, 4}));
}

TEST(Pth, BigEndianElementsAreTurned) {
  const std::string value =
      dict({{"f.weight", tensor(storage("FloatStorage", "0", 2), 0, {2}, {1})},
            {"h.weight", tensor(storage("HalfStorage", "1", 2), 0, {2}, {1})},
            {"d.weight", tensor(storage("DoubleStorage", "2", 1), 0, {}, {})},
            {"b.weight", tensor(storage("ByteStorage", "3", 2), 0, {2}, {1})}});
  using namespace std::string_literals;
  const auto weights = read(test::torch_zip(value,
                                            {{"0", 2, "\x3f\x80\0\0\xc0\0\0\0"s},
                                             {"1", 2, "\x3c\0\xc0\0"s},
                                             {"2", 1, "\x3f\xf0\0\0\0\0\0\0"s},
                                             {"3", 2, "\x01\x02"s}},
                                            "big"));
  EXPECT_EQ(floats(weights.at("f.weight")), (std::vector<float>{1, -2}));
  EXPECT_EQ(floats(weights.at("h.weight")), (std::vector<float>{1, -2}));
  EXPECT_EQ(floats(weights.at("d.weight")), (std::vector<float>{1}));
  EXPECT_EQ(floats(weights.at("b.weight")), (std::vector<float>{1, 2}));
}

TEST(Pth, ByteOrderIsOneOfTwo) {
  EXPECT_THAT(message_of(test::torch_zip(dict({}), {}, "middle"), ErrorCode::kFormat),
              HasSubstr("'byteorder' is 'middle', expected 'little' or 'big'"));
}

class PthContainer : public testing::TestWithParam<bool> {
 protected:
  static std::string file(const std::string& value, const std::vector<test::Storage>& storages) {
    return GetParam() ? test::torch_zip(value, storages) : test::torch_stream(value, storages);
  }
  // Of a dict whose one tensor has the value.
  static graph::RawTensor only(const std::string& tensor_value,
                               const std::vector<test::Storage>& storages) {
    return read(file(dict({{"a.weight", tensor_value}}), storages)).at("a.weight");
  }
  static std::vector<test::Storage> counted(std::uint64_t count) {
    std::vector<float> values(count);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
    return {{"0", count, test::bytes_of(values)}};
  }
  static std::string floats_storage(std::int64_t count) {
    return storage("FloatStorage", "0", count);
  }
};

INSTANTIATE_TEST_SUITE_P(Both, PthContainer, testing::Bool(), [](const auto& test) {
  return test.param ? std::string("Zip") : std::string("Stream");
});

TEST_P(PthContainer, EveryElementType) {
  struct Kind {
    const char* storage;
    DType dtype;
    std::string bytes;
  };
  const std::vector<Kind> kinds{
      {"FloatStorage", DType::kF32, test::bytes_of<float>({1.5F, -2})},
      {"DoubleStorage", DType::kF64, test::bytes_of<double>({1.5, -2})},
      {"HalfStorage", DType::kF16, test::bytes_of<std::uint16_t>({0x3e00, 0xc000})},
      {"BFloat16Storage", DType::kBF16, test::bytes_of<std::uint16_t>({0x3fc0, 0xc000})},
      {"LongStorage", DType::kI64, test::bytes_of<std::int64_t>({7, -2})},
      {"IntStorage", DType::kI32, test::bytes_of<std::int32_t>({7, -2})},
      {"ShortStorage", DType::kI16, test::bytes_of<std::int16_t>({7, -2})},
      {"CharStorage", DType::kI8, test::bytes_of<std::int8_t>({7, -2})},
      {"ByteStorage", DType::kU8, test::bytes_of<std::uint8_t>({7, 254})},
      {"BoolStorage", DType::kBool, test::bytes_of<std::uint8_t>({1, 0})},
  };
  for (const Kind& kind : kinds) {
    const auto found =
        only(tensor(storage(kind.storage, "0", 2), 0, {2}, {1}), {{"0", 2, kind.bytes}});
    EXPECT_EQ(found.dtype, kind.dtype);
    EXPECT_EQ(content(found), kind.bytes) << kind.storage;
  }
}

TEST_P(PthContainer, CudaStoragesAreReadAsAnyOther) {
  const auto type = tuple({text("storage"), global("torch.cuda", "FloatStorage"), text("0"),
                           text("cuda:0"), integer(2)}) +
                    "Q";
  EXPECT_EQ(floats(only(tensor(type, 0, {2}, {1}), counted(2))), (std::vector<float>{0, 1}));
}

TEST_P(PthContainer, StridesAreGathered) {
  EXPECT_EQ(floats(only(tensor(floats_storage(6), 0, {3, 2}, {1, 3}), counted(6))),
            (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(floats(only(tensor(floats_storage(6), 1, {2}, {3}), counted(6))),
            (std::vector<float>{1, 4}));
  EXPECT_EQ(floats(only(tensor(floats_storage(6), 2, {2, 2}, {0, 1}), counted(6))),
            (std::vector<float>{2, 3, 2, 3}));
  // The stride of a dimension of one element says nothing.
  EXPECT_EQ(floats(only(tensor(floats_storage(2), 0, {1, 2}, {77, 1}), counted(2))),
            (std::vector<float>{0, 1}));
}

TEST_P(PthContainer, OtherWaysToMakeATensor) {
  const std::string parameter = call(global("torch._utils", "_rebuild_parameter"),
                                     {tensor(floats_storage(2), 0, {2}, {1}), boolean(true),
                                      call(global("collections", "OrderedDict"), {})});
  EXPECT_EQ(floats(only(parameter, counted(2))), (std::vector<float>{0, 1}));
  const std::string old = call(global("torch._utils", "_rebuild_tensor"),
                               {floats_storage(2), integer(0), numbers({2}), numbers({1})});
  EXPECT_EQ(floats(only(old, counted(2))), (std::vector<float>{0, 1}));
  const std::string typed = call(
      global("torch._tensor", "_rebuild_from_type_v2"),
      {global("torch._utils", "_rebuild_tensor_v2"), global("torch.nn.parameter", "Parameter"),
       tuple({floats_storage(2), integer(0), numbers({2}), numbers({1}), boolean(false), none()}),
       dict({{"note", text("x")}})});
  EXPECT_EQ(floats(only(typed, counted(2))), (std::vector<float>{0, 1}));
}

TEST_P(PthContainer, UntypedStorageWithAnElementTypeOfItsOwn) {
  const auto untyped = tuple({text("storage"), global("torch.storage", "UntypedStorage"), text("0"),
                              text("cpu"), integer(8)}) +
                       "Q";
  const std::string value = call(global("torch._utils", "_rebuild_tensor_v3"),
                                 {untyped, integer(1), numbers({3}), numbers({1}), boolean(false),
                                  none(), global("torch", "bfloat16")});
  const auto found =
      only(value, {{"0", 8, test::bytes_of<std::uint16_t>({0, 0x3f80, 0x4000, 0x4040})}});
  EXPECT_EQ(found.dtype, DType::kBF16);
  EXPECT_EQ(floats(found), (std::vector<float>{1, 2, 3}));
}

TEST_P(PthContainer, OneStorageServesManyTensors) {
  const auto weights = read(file(dict({{"a.weight", tensor(floats_storage(4), 0, {2, 2}, {2, 1})},
                                       {"b.weight", tensor(floats_storage(4), 0, {2, 2}, {1, 2})}}),
                                 counted(4)));
  EXPECT_EQ(floats(weights.at("a.weight")), (std::vector<float>{0, 1, 2, 3}));
  EXPECT_EQ(floats(weights.at("b.weight")), (std::vector<float>{0, 2, 1, 3}));
}

TEST_P(PthContainer, WeightsUnderEachUsualKey) {
  const auto inner = dict({{"a.weight", tensor(floats_storage(2), 0, {2}, {1})}});
  for (const char* key : {"state_dict", "model_state_dict", "model", "net"}) {
    const auto weights = read(
        file(dict({{"epoch", integer(3)}, {"optimizer", dict({})}, {key, inner}}), counted(2)));
    EXPECT_EQ(floats(weights.at("a.weight")), (std::vector<float>{0, 1})) << key;
  }
  // A configuration may stand under a usual key too.
  const auto weights = read(
      file(dict({{"model", dict({{"name", text("lprnet")}})}, {"net", dict({{"model", inner}})}}),
           counted(2)));
  EXPECT_TRUE(weights.contains("a.weight"));
}

TEST_P(PthContainer, WrappersPrefixesAreRemoved) {
  const auto value = tensor(floats_storage(2), 0, {2}, {1});
  const auto names_of = [&](const std::vector<std::string>& names) {
    std::vector<std::pair<std::string, std::string>> items;
    for (const std::string& name : names) items.emplace_back(name, value);
    std::vector<std::string> found;
    for (const auto& [name, tensor] : read(file(dict(items), counted(2)))) found.push_back(name);
    return found;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names_of({"module.a.weight", "module.b.weight"}), (Names{"a.weight", "b.weight"}));
  EXPECT_EQ(names_of({"model.module.a.weight"}), (Names{"a.weight"}));
  EXPECT_EQ(names_of({"LPRNet.a.weight"}), (Names{"a.weight"}));
  EXPECT_EQ(names_of({"STNet.a.weight", "LPRNet.b.weight"}),
            (Names{"lprnet.b.weight", "stn.a.weight"}));
  // Part of a name when not all begin with it.
  EXPECT_EQ(names_of({"module.a.weight", "b.weight"}), (Names{"b.weight", "module.a.weight"}));
}

TEST_P(PthContainer, AWholeModuleGivesItsParametersByName) {
  const auto value = tensor(floats_storage(2), 0, {2}, {1});
  const auto conv = object(global("torch.nn.modules.conv", "Conv2d"),
                           {{"_parameters", dict({{"weight", value}, {"bias", none()}})},
                            {"_buffers", dict({})},
                            {"_modules", dict({})}});
  const auto net =
      object(global("some.users.file", "Net"),
             {{"_parameters", dict({{"scale", value}})},
              {"_buffers", dict({{"mean", value}, {"scratch", value}})},
              {"_non_persistent_buffers_set",
               call(global("__builtin__", "set"), {test::pickled::list({text("scratch")})})},
              {"_modules", dict({{"conv", conv}, {"none", none()}})}});
  for (const std::string& root : {net, dict({{"epoch", integer(1)}, {"model", net}})}) {
    std::vector<std::string> names;
    for (const auto& [name, tensor] : read(file(root, counted(2)))) names.push_back(name);
    EXPECT_EQ(names, (std::vector<std::string>{"conv.weight", "mean", "scale"}));
  }
}

TEST_P(PthContainer, AWholeModuleShowsItsLayersSettings) {
  const auto value = tensor(floats_storage(2), 0, {2}, {1});
  const auto act = object(global("torch.nn.modules.activation", "LeakyReLU"),
                          {{"_parameters", dict({})},
                           {"_buffers", dict({})},
                           {"_modules", dict({})},
                           {"training", boolean(true)},
                           {"negative_slope", test::pickled::real(0.25)},
                           {"stride", numbers({1, 2})},
                           {"padding", text("same")},
                           {"dilation", test::pickled::list({integer(1)})},
                           {"groups", integer(3)},
                           {"ceil_mode", boolean(true)}});
  const auto net =
      object(global("some.users.file", "Net"), {{"_parameters", dict({{"a.weight", value}})},
                                                {"_buffers", dict({})},
                                                {"_modules", dict({{"act", act}})}});
  const auto modules = read_pth(as_bytes(file(net, counted(2))), "a.pth").modules;
  ASSERT_EQ(modules.size(), 2U);
  EXPECT_EQ(modules[0].path, "");
  EXPECT_EQ(modules[0].type, "some.users.file.Net");
  EXPECT_TRUE(modules[0].has_children);
  EXPECT_EQ(modules[1].path, "act");
  EXPECT_EQ(modules[1].type, "torch.nn.modules.activation.LeakyReLU");
  EXPECT_FALSE(modules[1].has_children);
  const Settings expected{{"negative_slope", "0.25"},
                          {"stride", "(1, 2)"},
                          {"padding", "'same'"},
                          {"groups", "3"},
                          {"ceil_mode", "True"}};
  EXPECT_EQ(modules[1].settings, expected);
}

TEST_P(PthContainer, ManyModulesOfOneAreRefused) {
  const auto value = tensor(floats_storage(2), 0, {2}, {1});
  // One child under ten thousand names.
  std::string children = "}(";
  children += text("0") + object(global("plates", "Part"), {{"_parameters", dict({})}}) + "q\x01";
  for (int i = 1; i <= 10000; ++i) children += text(std::to_string(i)) + "h\x01";
  children += "u";
  const auto net = object(global("plates", "Net"),
                          {{"_parameters", dict({{"a.weight", value}})}, {"_modules", children}});
  EXPECT_THAT(message_of(file(net, counted(2)), ErrorCode::kUnsupported),
              HasSubstr("more than 4096 modules"));
}

TEST_P(PthContainer, NetworksUnderAnyKeysAndWhichIsMeant) {
  const auto value = tensor(floats_storage(2), 0, {2}, {1});
  const auto network = [&](std::int64_t last) {
    return dict({{"backbone.0.weight", value},
                 {"container.weight", tensor(floats_storage(2), last, {1}, {1})}});
  };
  const auto transformer = dict({{"localization.0.weight", value}, {"fc_loc.0.weight", value}});
  const auto both = as_bytes(
      file(dict({{"class_weight", value}, {"ema", network(0)}, {"best", tuple({network(1)})}}),
           counted(2)));
  const auto chosen = [&](const std::string& key) {
    return floats(read_pth(both, "a.pth", base::Ledger(), {Wanted::Part::kNetwork, key})
                      .weights.at("container.0.weight"));
  };
  EXPECT_EQ(chosen("ema"), std::vector<float>{0});
  EXPECT_EQ(chosen("best.0"), std::vector<float>{1});
  EXPECT_THROW(chosen("best"), Error);
  const std::string several =
      test::error_of([&] { read_pth(both, "a.pth"); }, ErrorCode::kInvalidModel);
  EXPECT_THAT(several, testing::AllOf(HasSubstr("several networks"), HasSubstr("'ema', 'best.0'")));

  const auto pair = as_bytes(file(dict({{"lpr", network(1)}, {"st", transformer}}), counted(2)));
  const Checkpoint checkpoint = read_pth(pair, "a.pth");
  EXPECT_TRUE(checkpoint.weights.contains("backbone.0.weight"));
  EXPECT_TRUE(checkpoint.transformer.contains("fc_loc.0.weight"));
  EXPECT_EQ(checkpoint.transformer_key, "st");
  const Checkpoint other =
      read_pth(pair, "a.pth", base::Ledger(), {Wanted::Part::kTransformer, ""});
  EXPECT_TRUE(other.weights.contains("localization.0.weight"));
  EXPECT_TRUE(other.transformer.empty());
}

TEST_P(PthContainer, WhatHoldsNoWeightsSaysWhatItHolds) {
  EXPECT_THAT(message_of(file(dict({{"epoch", integer(1)}, {"lr", integer(2)}}), {}),
                         ErrorCode::kInvalidModel),
              HasSubstr("a.pth: no weights among its 2 keys ('epoch', 'lr')"));
  EXPECT_THAT(
      message_of(file(object(global("plates", "Net"), {{"_weights", none()}}), {}),
                 ErrorCode::kUnsupported),
      testing::AllOf(HasSubstr("'plates.Net'"), HasSubstr("torch.save(model.state_dict()")));
  EXPECT_THAT(message_of(file(test::pickled::list({}), {}), ErrorCode::kInvalidModel),
              HasSubstr("holds no dict of weights"));
}

TEST(PthStream, AViewShowsAPartOfItsStorage) {
  const auto view =
      storage("FloatStorage", "7", 4, "cpu", {tuple({text("view"), integer(1), integer(2)})});
  const auto weights = read(test::torch_stream(dict({{"a.weight", tensor(view, 0, {2}, {1})}}),
                                               {{"7", 4, test::bytes_of<float>({0, 1, 2, 3})}}));
  EXPECT_EQ(floats(weights.at("a.weight")), (std::vector<float>{1, 2}));
  const auto beyond = test::torch_stream(dict({{"a.weight", tensor(view, 0, {3}, {1})}}),
                                         {{"7", 4, test::bytes_of<float>({0, 1, 2, 3})}});
  EXPECT_THAT(message_of(beyond, ErrorCode::kFormat), HasSubstr("beyond its storage of 2"));
}

TEST(PthZip, TorchScriptIsRefusedByName) {
  EXPECT_THAT(message_of(test::zip_file({{"m/constants.pkl", ""}, {"m/data.pkl", ""}}),
                         ErrorCode::kUnsupported),
              HasSubstr("TorchScript"));
}

TEST(PthZip, AnyOtherZipFileIsRefused) {
  EXPECT_THAT(message_of(test::zip_file({{"readme.txt", "hello"}}), ErrorCode::kFormat),
              HasSubstr("without a data.pkl"));
}

}  // namespace
}  // namespace lprnet::importer
