/// The identity of an embedder: vectors of two embedders are comparable only if these are equal.
public struct EmbedderID: Sendable, Hashable, CustomStringConvertible {
    /// Who computes: `minilm-l6-v2` for the model in process.
    public var provider: String
    /// The model's name as its authors spell it.
    public var model: String
    /// Numbers of a vector.
    public var dimension: Int
    /// Arithmetic of the weights: `q8` or `f32`.
    public var precision: String
    /// SHA-256 of the weights' pack, lower-case hexadecimal.
    public var packSHA256: String

    /// Creates an identity from its parts.
    public init(provider: String, model: String, dimension: Int, precision: String, packSHA256: String) {
        self.provider = provider
        self.model = model
        self.dimension = dimension
        self.precision = precision
        self.packSHA256 = packSHA256
    }

    /// The name of the vector space, for example `minilm-l6-v2/q8/0123abcd`.
    public var description: String { "\(provider)/\(precision)/\(packSHA256.prefix(8))" }
}
