/// Numbers for people: `12,345,678`, `3.142`, `0.0008`, `2.5e-09`.
package enum NumberText {
    /// Digits that count.
    private static let digits = 4

    /// An integer with its thousands grouped.
    package static func grouped(_ number: Int) -> String {
        let digits = Array(String(number.magnitude))
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// A number rounded to four digits that count, or to an integer where it has more before the point.
    package static func rounded(_ number: Double) -> String {
        guard number.isFinite else { return "\(number)" }
        guard number != 0 else { return "0" }
        let magnitude = number.magnitude
        let sign = number < 0 ? "-" : ""
        guard magnitude < 1e15 else { return "\(number)" }
        if magnitude >= 999.95 { return sign + grouped(Int(magnitude.rounded())) }
        // Where the first digit is: 0 before the point, -1 behind it.
        var exponent = 0
        var scaled = magnitude
        while scaled >= 10 { (scaled, exponent) = (scaled / 10, exponent + 1) }
        while scaled < 1 { (scaled, exponent) = (scaled * 10, exponent - 1) }
        if exponent < -5 {
            let power = "\(-exponent)"
            return "\(sign)\(fixed(scaled, digits - 1))e-\(power.count < 2 ? "0" : "")\(power)"
        }
        return sign + fixed(magnitude, digits - 1 - exponent)
    }

    /// A positive number with some digits behind the point, but no zeros at the end.
    private static func fixed(_ number: Double, _ places: Int) -> String {
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let (whole, part) = Int((number * Double(scale)).rounded()).quotientAndRemainder(dividingBy: scale)
        let fraction = String(part)
        var text = "\(whole)." + String(repeating: "0", count: places - fraction.count) + fraction
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }
}
