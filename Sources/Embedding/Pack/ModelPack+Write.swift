extension ModelPack {
    /// Makes a pack of the published files.
    ///
    /// The bytes depend on nothing but the source files and the precision. The pack appears under its name complete or
    /// not at all. Takes about a second and, for a moment, 250 MB.
    /// - Parameters:
    ///   - modelDirectory: Holds `model.safetensors` and `vocab.txt`; both must have the pinned SHA-256.
    ///   - path: The pack to write; a file there is replaced.
    ///   - precision: The arithmetic of the pack.
    /// - Throws: ``EmbeddingError/foreignSource(path:expected:found:)`` for other weights than the pinned ones.
    public static func write(
        modelDirectory: String, to path: String, precision: Precision
    ) throws(EmbeddingError) {
        let weightsPath = modelDirectory + "/model.safetensors"
        let vocabularyPath = modelDirectory + "/vocab.txt"
        let vocabulary = try pinnedFile(vocabularyPath, hash: vocabularySHA256)
        let weights = try Safetensors(try pinnedFile(weightsPath, hash: weightsSHA256), path: weightsPath)

        var pack = PackWriter()
        let vocabularyTensor = TensorSpecification(PackLayout.vocabulary, .uint8, 1, vocabulary.count)
        pack.append(vocabularyTensor, vocabulary)
        try appendEmbeddings(of: weights, to: &pack, precision)
        for layer in 0..<MiniLMShape.layers {
            for linear in PackLayout.linears(ofLayer: layer) {
                try append(linear, of: weights, to: &pack, precision)
            }
            for vector in PackLayout.vectors(ofLayer: layer) {
                let numbers = try weights.floats(vector.source, count: vector.count)
                pack.append(TensorSpecification(vector.pack, .float32, 1, vector.count), numbers)
            }
        }
        try writeAtomically(pack.finish(precision), to: path)
    }

    private static func pinnedFile(_ path: String, hash: String) throws(EmbeddingError) -> [UInt8] {
        let file = try OpenFile(path)
        let bytes = try file.bytes(at: 0, count: file.byteCount)
        let found = hexadecimal(sha256(bytes))
        guard found == hash else { throw .foreignSource(path: path, expected: hash, found: found) }
        return bytes
    }

    private static func appendEmbeddings(
        of weights: Safetensors, to pack: inout PackWriter, _ precision: Precision
    ) throws(EmbeddingError) {
        typealias Source = PackLayout.Source
        let hidden = MiniLMShape.hidden
        let vocabulary = MiniLMShape.vocabulary
        let positions = try weights.floats(Source.positions, count: MiniLMShape.positions * hidden)
        pack.append(TensorSpecification("embedding.positions", .float32, MiniLMShape.positions, hidden), positions)
        // A text alone is always of the first of the two types.
        let types = try weights.floats(Source.types, count: 2 * hidden)
        pack.append(TensorSpecification("embedding.type", .float32, 1, hidden), Array(types.prefix(hidden)))
        let gain = try weights.floats(Source.gain, count: hidden)
        pack.append(TensorSpecification("embedding.norm.gain", .float32, 1, hidden), gain)
        let shift = try weights.floats(Source.shift, count: hidden)
        pack.append(TensorSpecification("embedding.norm.shift", .float32, 1, hidden), shift)

        let words = try weights.floats(Source.words, count: vocabulary * hidden)
        let name = "embedding.words"
        switch precision {
        case .float32:
            pack.append(TensorSpecification(name, .float32, vocabulary, hidden), words)
        case .q8:
            let coded = WeightQuantizer(words, rows: vocabulary, columns: hidden)
            pack.append(TensorSpecification(name, .int8, vocabulary, hidden), coded.codes)
            pack.append(TensorSpecification(name + ".scales", .float32, 1, vocabulary), coded.scales)
        }
    }

    private static func append(
        _ linear: LinearName, of weights: Safetensors, to pack: inout PackWriter, _ precision: Precision
    ) throws(EmbeddingError) {
        var numbers: [Float] = []
        let rows = linear.outputs / linear.sources.count
        for source in linear.sources { numbers += try weights.floats(source, count: rows * linear.inputs) }
        switch precision {
        case .float32:
            pack.append(TensorSpecification(linear.pack, .float32, linear.outputs, linear.inputs), numbers)
        case .q8:
            let coded = WeightQuantizer(numbers, rows: linear.outputs, columns: linear.inputs)
            pack.append(TensorSpecification(linear.pack, .int8, linear.outputs, linear.inputs), coded.panels)
            pack.append(TensorSpecification(linear.pack + ".scales", .float32, 1, linear.outputs), coded.scales)
            pack.append(TensorSpecification(linear.pack + ".sums", .int32, 1, linear.outputs), coded.sums)
        }
    }
}
