import Glibc

/// How much a value that lies away from another still counts: 1 near it, less and less farther off.
///
/// The three functions and their four numbers are those of Elasticsearch's function score. With the distance beyond the
/// offset `d = max(0, |value - origin| - offset)`, and at `d = scale` each gives `factor`:
/// ```
/// gauss    factor ^ (d / scale)²
/// exp      factor ^ (d / scale)
/// linear   max(0, 1 - (1 - factor) · d / scale)
/// ```
public struct Decay: Sendable, Hashable {
    /// The shape of the fall.
    public enum Curve: String, Sendable, CaseIterable {
        case gauss, exp, linear
    }

    /// The shape.
    public var curve: Curve
    /// How far off, beyond the offset, a value counts ``factor``; above 0, in the unit of the values.
    public var scale: Double
    /// Up to this distance everything counts 1.
    public var offset: Double
    /// What a value counts at ``scale``; between 0 and 1, neither of them.
    public var factor: Double

    /// Memberwise.
    public init(curve: Curve = .gauss, scale: Double, offset: Double = 0, factor: Double = 0.5) {
        self.curve = curve
        self.scale = scale
        self.offset = offset
        self.factor = factor
    }

    /// What a value counts at a distance, whose sign does not matter: 0...1.
    public func value(at distance: Double) -> Double {
        let steps = max(0, abs(distance) - offset) / scale
        return switch curve {
        case .gauss: Glibc.exp(log(factor) * steps * steps)
        case .exp: Glibc.exp(log(factor) * steps)
        case .linear: max(0, 1 - (1 - factor) * steps)
        }
    }
}
