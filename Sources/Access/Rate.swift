/// How often something may happen, as `--rate` and tiers state it.
public struct Rate: Sendable, Hashable {
    /// The unit a rate counts by.
    public enum Unit: String, Sendable, CaseIterable {
        /// Per second.
        case second = "s"
        /// Per minute.
        case minute = "min"
        /// Per hour.
        case hour = "h"

        /// The unit's length in seconds.
        public var seconds: Double {
            switch self {
            case .second: 1
            case .minute: 60
            case .hour: 3600
            }
        }
    }

    /// How many, `1...1_000_000`.
    public let count: Int
    /// In which time.
    public let unit: Unit

    /// A rate of known parts; `nil` if `count` is outside `1...1_000_000`.
    public init?(_ count: Int, per unit: Unit) {
        guard (1...1_000_000).contains(count) else { return nil }
        self.count = count
        self.unit = unit
    }

    /// Reads `100/s`, `10/min` or `500/h` (also `/sec`, `/second`, `/m`, `/minute`, `/hour`).
    /// - Throws: ``AccessError/invalidRate(_:)``.
    public init(parsing text: String) throws(AccessError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = decimal(parts[0]) else { throw .invalidRate(text) }
        let unit: Unit
        switch parts[1] {
        case "s", "sec", "second": unit = .second
        case "m", "min", "minute": unit = .minute
        case "h", "hour": unit = .hour
        default: throw .invalidRate(text)
        }
        guard let rate = Rate(count, per: unit) else { throw .invalidRate(text) }
        self = rate
    }

    /// The same rate per second.
    public var perSecond: Double { Double(count) / unit.seconds }
    /// The same rate per minute.
    public var perMinute: Double { Double(count) * (60 / unit.seconds) }
    /// The burst of a rate that names none: what one minute brings, at least 1.
    public var defaultBurst: Double { max(1, perMinute.rounded()) }
}

extension Rate: CustomStringConvertible {
    /// The form that ``init(parsing:)`` reads.
    public var description: String { "\(count)/\(unit.rawValue)" }
}

/// What a tenant pays for, as far as speed goes.
public enum Tier: String, Sendable, CaseIterable {
    /// The owner's own box: no limit.
    case local
    /// 10 requests a minute.
    case free
    /// 100 requests a minute.
    case pro
    /// 1,000 requests a minute.
    case enterprise

    /// The tier's rate; `nil` is unlimited.
    ///
    /// The burst is one minute's worth.
    public var rate: Rate? {
        switch self {
        case .local: nil
        case .free: Rate(10, per: .minute)
        case .pro: Rate(100, per: .minute)
        case .enterprise: Rate(1000, per: .minute)
        }
    }

    /// The tier's rate per minute; `nil` is unlimited.
    public var ratePerMinute: Double? { rate?.perMinute }
}
