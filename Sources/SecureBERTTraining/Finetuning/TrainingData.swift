/// What a task learns from and what the best checkpoint is chosen on, read and checked.
public protocol TrainingData: Sendable {
    /// What the two have in common, and should not.
    var overlap: SplitOverlap { get }
    /// What is odd and no error, a clause each: tags that were mended, labels that validation says nothing about.
    var remarks: [String] { get }
}

extension TrainingData {
    /// The labels that validation data have no example of, as a remark; none when it has all.
    static func remark(unmeasured labels: [String], in file: String) -> [String] {
        guard let first = labels.first else { return [] }
        let others = labels.count == 1 ? "" : " and of \(labels.count - 1) more"
        return [
            "\(file.printable) has no example of \(first.quoted)\(others), so how well they are told is not measured"
        ]
    }
}
