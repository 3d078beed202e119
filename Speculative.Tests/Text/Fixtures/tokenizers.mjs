// Writes tokenizers.json: encodings of small tokenizers by another implementation, Hugging Face's own for JavaScript.
//   npm install @huggingface/tokenizers && node tokenizers.mjs > tokenizers.json
// The byte-level ones are the embedded model's vocabulary behind other families' normalizers and pre-tokenizers ("patch"), the others
// SentencePiece-style with a vocabulary of 285 pieces ("tokenizer"). Spaces alone are left out where Metaspace splits: there this
// implementation merges them and the original in Rust (MergedWithNext: a delimiter followed by another stays alone) does not.
import { Tokenizer } from "@huggingface/tokenizers";
import fs from "fs";

const starter = JSON.parse(fs.readFileSync(new URL("../../../models/target-small/tokenizer.json", import.meta.url)));
const llama3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false };
const split = regex => ({ type: "Sequence", pretokenizers: [{ type: "Split", pattern: { Regex: regex }, behavior: "Isolated", invert: false }, byteLevel] });

const patches = {
  "llama3": { pre_tokenizer: split(llama3) },
  "qwen2": { normalizer: { type: "NFC" }, pre_tokenizer: split(llama3.replace("\\p{N}{1,3}", "\\p{N}")) },
  "gpt2 with prefix space": { pre_tokenizer: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true } },
  "digits": { pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "Digits", individual_digits: true }, { ...byteLevel, use_regex: true }] } },
};

const bytes = [...Array(256).keys()].map(value => `<0x${value.toString(16).toUpperCase().padStart(2, "0")}>`);
const pieces = ["<unk>", "<s>", "</s>", ...bytes, ..."▁ h e l o w r d he ll hell hello ▁hello wo ▁wo rl rld ▁world ▁▁ [ ] lo ▁w or ▁wor ld".split(" ")];
const merges = ["h e", "l l", "he ll", "hell o", "▁ hello", "w o", "▁ wo", "▁ w", "o r", "r l", "l d", "rl d", "▁w or", "▁wor ld", "▁ ▁", "l o"];
const sentencePiece = {
  version: "1.0",
  added_tokens: ["<unk>", "<s>", "</s>"].map((content, id) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true })),
  normalizer: { type: "Sequence", normalizers: [{ type: "Prepend", prepend: "▁" }, { type: "Replace", pattern: { String: " " }, content: "▁" }] },
  pre_tokenizer: null,
  post_processor: null,
  decoder: { type: "Sequence", decoders: [{ type: "Replace", pattern: { String: "▁" }, content: " " }, { type: "ByteFallback" }, { type: "Fuse" }, { type: "Strip", content: " ", start: 1, stop: 0 }] },
  model: { type: "BPE", dropout: null, unk_token: "<unk>", continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: true, byte_fallback: true, ignore_merges: false,
    vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])), merges },
};
const metaspace = (prepend_scheme, splits) =>
  ({ ...sentencePiece, normalizer: null, pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme, split: splits } });
const tokenizers = {
  "llama2": sentencePiece,
  "metaspace first": metaspace("first", false),
  "metaspace always, split": metaspace("always", true),
  "metaspace never": metaspace("never", false),
};

const byteTexts = ["Hello world", "It's 12345 o'clock, WE'LL see", "  two  spaces\n\n\nand\tlines \r\n x", "Grüße, naïve café", "cafe\u0301 A\u030A \u1100\u1161\u11A8",
  "𝒜𝒷c𝟙2 🙂🙂!", "x=3.14159;y=2**10", "日本語テキスト", "ab\u0323\u0307 a\u0307\u0323", " ", "\n", "<|user|>\nhi<|end|>"];
const pieceTexts = ["hello world", "hello  world", "  hello", "hello\nworld", "héllo 🙂", "<s>hello</s>world", "<s> hello", "world", "[hello]", "lllll", "rlrldorld", "   "];
const cases = (json, texts) => {
  const tokenizer = new Tokenizer(structuredClone(json), {});
  return texts.map(text => {
    const ids = tokenizer.encode(text, { add_special_tokens: false }).ids;
    return { text, ids, decoded: tokenizer.decode(ids, { skip_special_tokens: true, clean_up_tokenization_spaces: false }) };
  });
};
console.log(JSON.stringify([
  ...Object.entries(patches).map(([name, patch]) => ({ name, patch, cases: cases({ ...starter, ...patch }, byteTexts) })),
  ...Object.entries(tokenizers).map(([name, tokenizer]) => ({ name, tokenizer, cases: cases(tokenizer, pieceTexts.filter(text => !name.endsWith("split") || text.trim())) })),
], null, 1));
