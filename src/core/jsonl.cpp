#include "recon/core/jsonl.hpp"

#include "recon/core/files.hpp"
#include "recon/core/standard_streams.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>
#include <zstd.h>

namespace recon {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{1} << 17;
/// Dumps are compressed with windows of up to 2^31 bytes.
constexpr int longest_window_log = 31;
constexpr int compression_level = 3;

bool is_compressed(const std::filesystem::path& path) { return path.extension() == ".zst"; }

/// JSON has no NaN and no infinity; written as null they would be refused only when read again.
bool holds_no_number(const Json& value) {
  if (value.is_number_float()) return !std::isfinite(value.get<double>());
  if (!value.is_structured()) return false;
  return std::any_of(value.begin(), value.end(), holds_no_number);
}

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

}  // namespace

/// Bytes of the file, decompressed where needed, handed out line by line.
struct LineReader::Source {
  std::unique_ptr<std::FILE, CloseFile> file;
  std::unique_ptr<ZSTD_DCtx, FreeDecompressor> decompressor;
  std::vector<char> input;
  ZSTD_inBuffer pending{nullptr, 0, 0};
  std::size_t frame_left = 0;  ///< what zstd still expects of the current frame; 0 between frames
  bool any_frame = false;
  std::vector<char> output;
  std::string text;
  std::size_t at = 0;
  bool ended = false;

  /// Appends more bytes to `text`; sets `ended` at the end of the file.
  void fill(const std::string& name) {
    if (!decompressor) {
      const std::size_t got = read_chunk(name);
      text.append(input.data(), got);
      ended = got == 0;
      return;
    }
    if (pending.pos == pending.size) {
      pending = {input.data(), read_chunk(name), 0};
      if (pending.size == 0) {
        // Even an empty text has a frame.
        if (frame_left != 0 || !any_frame) {
          throw RunError(fmt::format("{}: the zstd data ends early; the file is cut off", name));
        }
        ended = true;
        return;
      }
    }
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    frame_left = ZSTD_decompressStream(decompressor.get(), &out, &pending);
    if (ZSTD_isError(frame_left) != 0) {
      throw RunError(fmt::format("{}: not valid zstd data: {}", name, ZSTD_getErrorName(frame_left)));
    }
    any_frame = true;
    text.append(output.data(), out.pos);
  }

  std::size_t read_chunk(const std::string& name) {
    const std::size_t got = std::fread(input.data(), 1, input.size(), file.get());
    if (got < input.size() && std::ferror(file.get()) != 0) {
      throw RunError(fmt::format("{}: can't be read: {}", name, system_error_text(errno)));
    }
    return got;
  }
};

LineReader::LineReader(const std::filesystem::path& path)
    : name_(path == "-" ? "standard input" : path.string()), source_(std::make_unique<Source>()) {
  if (path == "-") {
    source_->file.reset(stdin);
  } else {
    std::error_code ignored;  // what can't be looked at can't be opened either, and that says why
    if (std::filesystem::is_directory(path, ignored))
      throw RunError(fmt::format("{}: is a folder, expected a file", name_));
    source_->file.reset(std::fopen(path.c_str(), "rbe"));
    if (!source_->file)
      throw RunError(fmt::format("{}: can't be opened: {}", name_, system_error_text(errno)));
  }
  source_->input.resize(chunk_bytes);
  if (is_compressed(path)) {
    source_->decompressor.reset(ZSTD_createDCtx());
    source_->output.resize(chunk_bytes);
    if (!source_->decompressor ||
        ZSTD_isError(ZSTD_DCtx_setParameter(source_->decompressor.get(), ZSTD_d_windowLogMax,
                                            longest_window_log)) != 0) {
      throw RunError(fmt::format("{}: the zstd library can't be set up", name_));
    }
  }
}

LineReader::~LineReader() = default;

int LineReader::descriptor() const { return ::fileno(source_->file.get()); }

std::optional<Line> LineReader::next() {
  std::size_t searched = source_->at;
  for (;;) {
    const std::size_t end = source_->text.find('\n', searched);
    const bool last = end == std::string::npos && source_->ended;
    if (end == std::string::npos && !last) {
      searched = source_->text.size();
      // What was handed out is dropped before more is read, so that memory holds little more than one line.
      if (source_->at > chunk_bytes) {
        source_->text.erase(0, source_->at);
        searched -= source_->at;
        source_->at = 0;
      }
      source_->fill(name_);
      continue;
    }
    if (last && source_->at == source_->text.size()) return std::nullopt;
    const std::size_t stop = last ? source_->text.size() : end;
    Line line{++number_, source_->text.substr(source_->at, stop - source_->at), offset_};
    const std::size_t next = last ? stop : stop + 1;
    offset_ += next - source_->at;
    source_->at = next;
    if (!line.text.empty() && line.text.back() == '\r') line.text.pop_back();
    return line;
  }
}

Json parse_json_line(const std::string& file_name, const Line& line) {
  if (const auto at = invalid_utf8_at(line.text)) {
    throw RunError(fmt::format("{}:{}: invalid UTF-8 at byte {}", file_name, line.number, *at + 1));
  }
  try {
    Json value = Json::parse(line.text);
    if (!value.is_object()) {
      throw RunError(fmt::format("{}:{}: found a JSON {}, expected an object", file_name, line.number,
                                 value.type_name()));
    }
    return value;
  } catch (const Json::parse_error& problem) {
    throw RunError(fmt::format("{}:{}: not valid JSON at byte {}: expected one object a line", file_name,
                               line.number, problem.byte));
  } catch (const Json::exception& problem) {  // a number too large for any type
    throw RunError(fmt::format("{}:{}: {}", file_name, line.number, problem.what()));
  }
}

struct JsonlWriter::Sink {
  std::optional<AtomicFile> file;  ///< absent for standard output
  std::unique_ptr<ZSTD_CCtx, FreeCompressor> compressor;
  std::vector<char> output;

  void write(std::string_view data) {
    if (compressor) {
      compress(data, ZSTD_e_continue);
    } else if (file) {
      file->write(data);
    } else {
      write_standard_output(data);
    }
  }

  void compress(std::string_view data, ZSTD_EndDirective directive) {
    ZSTD_inBuffer in{data.data(), data.size(), 0};
    for (bool finished = false; !finished;) {
      ZSTD_outBuffer out{output.data(), output.size(), 0};
      const std::size_t left = ZSTD_compressStream2(compressor.get(), &out, &in, directive);
      if (ZSTD_isError(left) != 0)
        throw RunError(fmt::format("zstd compression failed: {}", ZSTD_getErrorName(left)));
      file->write({output.data(), out.pos});
      finished = directive == ZSTD_e_end ? left == 0 : in.pos == in.size;
    }
  }
};

JsonlWriter::JsonlWriter(const std::filesystem::path& path) : sink_(std::make_unique<Sink>()) {
  if (path == "-") return;
  sink_->file.emplace(path);
  if (is_compressed(path)) {
    sink_->compressor.reset(ZSTD_createCCtx());
    sink_->output.resize(chunk_bytes);
    if (!sink_->compressor ||
        ZSTD_isError(ZSTD_CCtx_setParameter(sink_->compressor.get(), ZSTD_c_compressionLevel,
                                            compression_level)) != 0) {
      throw RunError(fmt::format("{}: the zstd library can't be set up", path.string()));
    }
  }
}

JsonlWriter::~JsonlWriter() = default;

void JsonlWriter::write(const Json& value) {
  if (holds_no_number(value)) throw RunError("a record holds a number that is not finite: " + value.dump());
  std::string line;
  try {
    line = value.dump();
  } catch (const Json::exception& problem) {
    throw RunError(fmt::format("a record can't be written as JSON: {}", problem.what()));
  }
  write_line(line);
}

void JsonlWriter::write_line(std::string_view line) {
  sink_->write(line);
  sink_->write("\n");
  ++count_;
}

void JsonlWriter::commit() {
  if (sink_->compressor) sink_->compress({}, ZSTD_e_end);
  if (sink_->file) {
    sink_->file->commit();
  } else {
    flush_standard_output();
  }
}

}  // namespace recon
