import CKernels

/// The instruction sets the int8 encoder is compiled for; every level computes the same bits.
package enum KernelLevel: Int32, CaseIterable, Sendable {
    case portable = 0
    case avx2 = 1
    case avx512VNNI = 2

    /// The fastest level of this processor.
    package static var best: KernelLevel { KernelLevel(rawValue: embedding_best_level()) ?? .portable }

    /// Whether this processor runs the level.
    package var isAvailable: Bool { rawValue <= KernelLevel.best.rawValue }
}
