import Glibc
import IndexCore
import TestKit
import Testing

/// Decay against the formulas of Elasticsearch's function score, written as its manual has them.
@Suite struct DecayTests {
    private static func manual(_ decay: Decay, _ distance: Double) -> Double {
        let beyond = max(0, abs(distance) - decay.offset)
        switch decay.curve {
        case .gauss:
            let variance = -decay.scale * decay.scale / (2 * log(decay.factor))
            return exp(-beyond * beyond / (2 * variance))
        case .exp:
            return exp(log(decay.factor) / decay.scale * beyond)
        case .linear:
            let reach = decay.scale / (1 - decay.factor)
            return max((reach - beyond) / reach, 0)
        }
    }

    @Test(arguments: Decay.Curve.allCases, [UInt64](1...4))
    func `values are the manual's, between 0 and 1, and never rise`(curve: Decay.Curve, seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            let scale = exp(Double.random(in: -6...12, using: &random))
            let decay = Decay(
                curve: curve, scale: scale,
                offset: Bool.random(using: &random) ? 0 : scale * .random(in: 0...3, using: &random),
                factor: .random(in: 0.01...0.99, using: &random))
            var last = 1.0
            for step in 0..<40 {
                let distance = Double(step) * scale / 7
                let value = decay.value(at: distance)
                #expect(abs(value - Self.manual(decay, distance)) < 1e-12)
                #expect(value == decay.value(at: -distance))
                #expect((0...last).contains(value))
                last = value
            }
        }
    }

    @Test(arguments: Decay.Curve.allCases)
    func `the factor is reached where scale and offset say`(curve: Decay.Curve) {
        let decay = Decay(curve: curve, scale: 30, offset: 7, factor: 0.3)
        #expect(decay.value(at: 0) == 1 && decay.value(at: 7) == 1)
        #expect(abs(decay.value(at: 37) - 0.3) < 1e-12)
        #expect(decay.value(at: 1e300).isFinite)
    }
}
