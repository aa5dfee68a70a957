/// A tensor a pack must hold.
struct TensorSpecification: Equatable {
    let name: String
    let type: PackFormat.ElementType
    let rows: Int
    let columns: Int

    init(_ name: String, _ type: PackFormat.ElementType, _ rows: Int, _ columns: Int) {
        self.name = name
        self.type = type
        self.rows = rows
        self.columns = columns
    }
}

/// A linear layer's place in the model.
struct LinearName {
    /// Its name in a pack.
    let pack: String
    /// Its name or names in the published weights, in the order of their outputs.
    let sources: [String]
    let outputs: Int
    let inputs: Int
}

/// The tensors of a MiniLM pack, by layer.
enum PackLayout {
    static let vocabulary = "vocab"

    /// The linear layers of an encoder layer; queries, keys and values are one matrix.
    static func linears(ofLayer layer: Int) -> [LinearName] {
        let source = "encoder.layer.\(layer)."
        let hidden = MiniLMShape.hidden
        return [
            LinearName(
                pack: "layer.\(layer).attention",
                sources: ["query", "key", "value"].map { source + "attention.self.\($0).weight" },
                outputs: 3 * hidden, inputs: hidden
            ),
            LinearName(
                pack: "layer.\(layer).attention.output", sources: [source + "attention.output.dense.weight"],
                outputs: hidden, inputs: hidden
            ),
            LinearName(
                pack: "layer.\(layer).intermediate", sources: [source + "intermediate.dense.weight"],
                outputs: MiniLMShape.intermediate, inputs: hidden
            ),
            LinearName(
                pack: "layer.\(layer).output", sources: [source + "output.dense.weight"],
                outputs: hidden, inputs: MiniLMShape.intermediate
            ),
        ]
    }

    /// Biases and norms of an encoder layer, kept as published: name in the pack, name in the source, length.
    static func vectors(ofLayer layer: Int) -> [(pack: String, source: String, count: Int)] {
        let source = "encoder.layer.\(layer)."
        let pack = "layer.\(layer)."
        let hidden = MiniLMShape.hidden
        return [
            (pack + "query.bias", source + "attention.self.query.bias", hidden),
            (pack + "value.bias", source + "attention.self.value.bias", hidden),
            (pack + "attention.output.bias", source + "attention.output.dense.bias", hidden),
            (pack + "attention.norm.gain", source + "attention.output.LayerNorm.weight", hidden),
            (pack + "attention.norm.shift", source + "attention.output.LayerNorm.bias", hidden),
            (pack + "intermediate.bias", source + "intermediate.dense.bias", MiniLMShape.intermediate),
            (pack + "output.bias", source + "output.dense.bias", hidden),
            (pack + "output.norm.gain", source + "output.LayerNorm.weight", hidden),
            (pack + "output.norm.shift", source + "output.LayerNorm.bias", hidden),
        ]
    }

    /// Published names of the tables before the first layer.
    enum Source {
        static let words = "embeddings.word_embeddings.weight"
        static let positions = "embeddings.position_embeddings.weight"
        static let types = "embeddings.token_type_embeddings.weight"
        static let gain = "embeddings.LayerNorm.weight"
        static let shift = "embeddings.LayerNorm.bias"
    }

    /// Every tensor of a pack but the vocabulary, whose length is its own.
    static func tensors(_ precision: ModelPack.Precision) -> [TensorSpecification] {
        let hidden = MiniLMShape.hidden
        var tensors = [
            TensorSpecification("embedding.positions", .float32, MiniLMShape.positions, hidden),
            TensorSpecification("embedding.type", .float32, 1, hidden),
            TensorSpecification("embedding.norm.gain", .float32, 1, hidden),
            TensorSpecification("embedding.norm.shift", .float32, 1, hidden),
        ]
        tensors += matrix("embedding.words", MiniLMShape.vocabulary, hidden, precision, sums: false)
        for layer in 0..<MiniLMShape.layers {
            for linear in linears(ofLayer: layer) {
                tensors += matrix(linear.pack, linear.outputs, linear.inputs, precision, sums: true)
            }
            for vector in vectors(ofLayer: layer) {
                tensors.append(TensorSpecification(vector.pack, .float32, 1, vector.count))
            }
        }
        return tensors
    }

    private static func matrix(
        _ name: String, _ rows: Int, _ columns: Int, _ precision: ModelPack.Precision, sums: Bool
    ) -> [TensorSpecification] {
        guard precision == .q8 else { return [TensorSpecification(name, .float32, rows, columns)] }
        var tensors = [
            TensorSpecification(name, .int8, rows, columns),
            TensorSpecification(name + ".scales", .float32, 1, rows),
        ]
        if sums { tensors.append(TensorSpecification(name + ".sums", .int32, 1, rows)) }
        return tensors
    }
}
