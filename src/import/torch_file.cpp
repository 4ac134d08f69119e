// The zip form holds FOLDER/data.pkl, FOLDER/data/KEY for each storage, and FOLDER/byteorder. The
// old stream is five pickles (magic number, protocol version, facts about the machine, the content,
// the list of storage keys) and then each storage: its count of elements, 8 bytes, and its
// elements, little-endian whatever the machine.
#include "import/torch_file.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "base/checked.h"
#include "base/error_text.h"
#include "base/text.h"
#include "import/little_endian.h"
#include "import/torch_types.h"
#include "import/zip.h"

namespace lprnet::importer {
namespace {

using Kind = PickleValue::Kind;

constexpr std::string_view kPickleEntry = "/data.pkl";
constexpr std::string_view kScriptEntry = "/constants.pkl";
// 0x1950a86a20f9469cfc6c as the pickle opcode LONG1 writes it.
constexpr std::array<std::uint8_t, 12> kMagic{0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46,
                                              0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};
constexpr std::size_t kMaxBeforeMagic = 11;  // protocol and frame
constexpr std::int64_t kStreamProtocol = 1001;
constexpr std::size_t kCountBytes = 8;
constexpr std::size_t kMaxKey = 256;  // bytes; PyTorch's are decimal numbers

[[noreturn]] void refuse_script(const std::string& where) {
  base::fail(ErrorCode::kUnsupported, where,
             ": is TorchScript, a program; in Python, save its weights alone: "
             "torch.save(torch.jit.load(path).state_dict(), 'weights.pth')");
}

// Whether the end of a zip file, where its directory is, names what TorchScript alone has.
bool has_script_entry(const base::Bytes& file) {
  constexpr std::size_t kDirectory = 65536;
  const std::size_t size = std::min(file.size, kDirectory);
  const std::string_view end(reinterpret_cast<const char*>(file.data) + (file.size - size), size);
  return end.find(kScriptEntry) != std::string_view::npos;
}

// The folder that holds the pickle, named at will.
std::string folder_in(const std::map<std::string, base::Bytes>& entries, const std::string& where) {
  std::optional<std::string> folder;
  for (const auto& [name, data] : entries) {
    if (name.ends_with(kScriptEntry)) {
      refuse_script(where);
    }
    if (!name.ends_with(kPickleEntry)) continue;
    if (folder) base::fail(ErrorCode::kFormat, where, ": has more than one data.pkl");
    folder = name.substr(0, name.size() - kPickleEntry.size());
  }
  if (!folder) {
    base::fail(ErrorCode::kFormat, where,
               ": is a zip file without a data.pkl, so it is not from torch.save");
  }
  return *folder;
}

bool is_big_endian(const base::Bytes& record, const std::string& where) {
  const std::string_view text(reinterpret_cast<const char*>(record.data), record.size);
  if (text != "little" && text != "big") {
    base::fail(ErrorCode::kFormat, where, ": the record 'byteorder' is ", base::in_quotes(text),
               ", expected 'little' or 'big'");
  }
  return text == "big";
}

// The pickles and storages of the old stream, one after the other.
class StreamReader {
 public:
  StreamReader(base::Bytes file, const std::string& where, const base::Ledger& ledger)
      : file_(std::move(file)), where_(where), ledger_(ledger) {}

  Pickle pickle(const char* what) {
    Pickle read = read_pickle(file_.part(position_, file_.size - position_),
                              base::cat(where_, ": ", what), ledger_);
    position_ += read.size();
    return read;
  }

  // The pickles end anywhere. What is left of the file is copied to where float32 is aligned: once,
  // instead of once for each tensor later.
  void align_storages() {
    const base::Bytes left = file_.part(position_, file_.size - position_);
    if (reinterpret_cast<std::uintptr_t>(left.data) % alignof(float) == 0) return;
    ledger_.take(static_cast<std::int64_t>(left.size), where_);
    auto copy = std::make_shared_for_overwrite<std::uint8_t[]>(left.size);
    std::memcpy(copy.get(), left.data, left.size);
    const std::uint8_t* data = copy.get();
    file_ = {data, left.size, std::move(copy)};
    position_ = 0;
  }

  base::Bytes storage(const StorageId& id) {
    const std::size_t left = file_.size - position_;
    const auto bytes =
        base::checked_mul(id.count, static_cast<std::int64_t>(graph::bytes_of(id.dtype)));
    if (left < kCountBytes || !bytes || static_cast<std::uint64_t>(*bytes) > left - kCountBytes) {
      base::fail(ErrorCode::kFormat, where_, ": the storage ", base::in_quotes(id.key), " of ",
                 id.count, " elements reaches beyond the ", left,
                 " bytes that are left of the file");
    }
    const auto count = read_little_endian<std::uint64_t>(file_.data + position_);
    if (count != static_cast<std::uint64_t>(id.count)) {
      base::fail(ErrorCode::kFormat, where_, ": the storage ", base::in_quotes(id.key), " has ",
                 count, " elements, the pickle says ", id.count);
    }
    base::Bytes part = file_.part(position_ + kCountBytes, static_cast<std::size_t>(*bytes));
    position_ += kCountBytes + part.size;
    return part;
  }

 private:
  base::Bytes file_;
  const std::string& where_;
  const base::Ledger& ledger_;
  std::size_t position_ = 0;
};

using StorageIds = std::map<std::string_view, StorageId>;

StorageIds storage_ids_in(const Pickle& pickle, const std::string& where) {
  StorageIds ids;
  for (std::size_t i = 0; i < pickle.value_count(); ++i) {
    const PickleValue& value = pickle[static_cast<PickleRef>(i)];
    if (value.kind != Kind::kPersistent) continue;
    const StorageId id = read_storage_id(pickle, value, where);
    const auto [known, is_new] = ids.emplace(id.key, id);
    if (!is_new && (known->second.dtype != id.dtype || known->second.count != id.count)) {
      base::fail(ErrorCode::kFormat, where, ": the storage ", base::in_quotes(id.key),
                 " is said to have two types or sizes");
    }
  }
  return ids;
}

}  // namespace

std::int64_t read_count(const PickleValue& value, const char* what, const std::string& where) {
  if (value.kind != Kind::kInteger) {
    base::fail(ErrorCode::kFormat, where, ": ", what, " is no integer of 64 bits");
  }
  if (value.integer < 0) {
    base::fail(ErrorCode::kFormat, where, ": ", what, " is ", value.integer,
               ", expected at least 0");
  }
  return value.integer;
}

StorageId read_storage_id(const Pickle& pickle, const PickleValue& value,
                          const std::string& where) {
  // ("storage", type, key, location, count), in the old stream with None or (key of the view,
  // offset, length) behind them.
  const PickleValue& id = pickle[value.arguments];
  const auto part = [&](std::size_t i) -> const PickleValue& { return pickle[id.items[i]]; };
  if (value.kind != Kind::kPersistent || id.kind != Kind::kTuple || id.items.size() < 5 ||
      part(0).text != "storage" || part(1).kind != Kind::kGlobal || part(2).kind != Kind::kText ||
      part(2).text.size() > kMaxKey) {
    base::fail(ErrorCode::kFormat, where, ": a tensor refers to something that is no storage");
  }
  StorageId storage;
  storage.key = part(2).text;
  const auto dtype = dtype_of_storage(part(1).text);
  if (!dtype) {
    base::fail(ErrorCode::kUnsupported, where, ": the storage ", base::in_quotes(storage.key),
               " is a ", base::in_quotes(part(1).text), ", whose elements are not supported");
  }
  storage.dtype = *dtype;
  storage.count = read_count(part(4), "a storage's size", where);
  storage.length = storage.count;
  if (id.items.size() > 5 && part(5).kind == Kind::kTuple && part(5).items.size() == 3) {
    storage.offset = read_count(pickle[part(5).items[1]], "a view's offset", where);
    storage.length = read_count(pickle[part(5).items[2]], "a view's size", where);
    if (storage.offset > storage.count || storage.length > storage.count - storage.offset) {
      base::fail(ErrorCode::kFormat, where, ": a view of ", storage.length, " elements at ",
                 storage.offset, " reaches beyond its storage ", base::in_quotes(storage.key),
                 " of ", storage.count);
    }
  }
  return storage;
}

bool looks_like_torch_stream(const base::Bytes& file) {
  for (std::size_t i = 0; i <= kMaxBeforeMagic && i + kMagic.size() <= file.size; ++i) {
    if (std::memcmp(file.data + i, kMagic.data(), kMagic.size()) == 0) return true;
  }
  return false;
}

TorchFile read_torch_zip(const base::Bytes& file, const std::string& where,
                         const base::Ledger& ledger) {
  std::map<std::string, base::Bytes> entries;
  try {
    entries = read_zip(file, where);
  } catch (const Error&) {
    // Its source texts are compressed, which no checkpoint's entries are.
    if (has_script_entry(file)) refuse_script(where);
    throw;
  }
  const std::string folder = folder_in(entries, where);
  TorchFile content;
  content.where = where;
  content.size = file.size;
  content.pickle =
      read_pickle(entries.at(folder + std::string(kPickleEntry)), where + ": data.pkl", ledger);
  if (const auto record = entries.find(folder + "/byteorder"); record != entries.end()) {
    content.big_endian = is_big_endian(record->second, where);
  }
  const std::string storages = folder + "/data/";
  for (const auto& [name, data] : entries) {
    if (name.starts_with(storages)) content.storages.emplace(name.substr(storages.size()), data);
  }
  return content;
}

TorchFile read_torch_stream(const base::Bytes& file, const std::string& where,
                            const base::Ledger& ledger) {
  StreamReader stream(file, where, ledger);
  stream.pickle("the magic number");
  const PickleValue version = stream.pickle("the protocol version").root();
  if (version.kind != Kind::kInteger || version.integer != kStreamProtocol) {
    base::fail(ErrorCode::kUnsupported, where, ": its protocol is ", version.integer, ", expected ",
               kStreamProtocol);
  }
  stream.pickle("the facts about the machine");
  TorchFile content;
  content.where = where;
  content.size = file.size;
  content.pickle = stream.pickle("the content");
  const Pickle keys = stream.pickle("the storage keys");
  stream.align_storages();
  const StorageIds ids = storage_ids_in(content.pickle, where);
  for (const PickleRef ref : keys.root().items) {
    const auto id = ids.find(keys[ref].text);
    if (id == ids.end()) {
      base::fail(ErrorCode::kFormat, where, ": no tensor refers to the storage ",
                 base::in_quotes(keys[ref].text));
    }
    const base::Bytes bytes = stream.storage(id->second);
    if (!content.storages.emplace(id->first, bytes).second) {
      base::fail(ErrorCode::kFormat, where, ": the storage ", base::in_quotes(id->first),
                 " stands twice among the storage keys");
    }
  }
  return content;
}

}  // namespace lprnet::importer
