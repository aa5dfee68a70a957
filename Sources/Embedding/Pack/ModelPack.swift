/// A model and its vocabulary in one file that is mapped, not read: see ``PackFormat`` for the bytes.
public struct ModelPack {
    /// SHA-256 of the published `model.safetensors` of all-MiniLM-L6-v2.
    public static let weightsSHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    /// SHA-256 of its `vocab.txt`.
    public static let vocabularySHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"

    /// Checks a pack as loading it would, its hash included whatever is remembered of it.
    /// - Throws: ``EmbeddingError/corruptPack(path:defect:)`` and the errors of reading.
    public static func verify(_ path: String) throws(EmbeddingError) -> ModelPackInfo {
        let reader = try PackReader(path, trustsRecord: false)
        return ModelPackInfo(id: reader.id, precision: reader.precision, byteCount: reader.byteCount)
    }
}

/// What a pack says about itself.
public struct ModelPackInfo: Sendable, Equatable {
    /// The identity of the vectors it makes.
    public var id: EmbedderID
    /// Its arithmetic.
    public var precision: ModelPack.Precision
    /// Bytes of the file.
    public var byteCount: Int
}
