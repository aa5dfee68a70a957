internal import CStemmer

/// One libstemmer stemmer.
///
/// Not thread-safe: it belongs to one ``Vocabulary``. Unsafe inside: it wraps a C object.
final class SnowballStemmer {
    private let handle: OpaquePointer?

    /// A stemmer over UTF-8; without one (`none`, or out of memory) words are left as they stand.
    init(_ stemmer: AnalyzerOptions.Stemmer) {
        handle = stemmer == .none ? nil : sb_stemmer_new(stemmer.rawValue, nil)
    }

    deinit {
        if let handle {
            sb_stemmer_delete(handle)
        }
    }

    /// The stem of a word in lower case; valid until the next call.
    ///
    /// Never empty.
    func stem(_ word: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        guard let handle, let stem = sb_stemmer_stem(handle, word.baseAddress, Int32(word.count)) else { return word }
        let count = Int(sb_stemmer_length(handle))
        return count > 0 ? UnsafeBufferPointer(start: stem, count: count) : word
    }
}
