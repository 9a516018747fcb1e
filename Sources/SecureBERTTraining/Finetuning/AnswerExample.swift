import SecureBERTCheckpoint
import SecureBERTJSON

/// A question about a context, with the passage that answers it.
public struct AnswerExample: Sendable, Equatable {
    /// A passage of the context.
    public struct Answer: Sendable, Equatable {
        public let text: String
        /// Its first Unicode scalar in the context.
        public let start: Int

        public init(text: String, start: Int) {
            self.text = text
            self.start = start
        }
    }

    public let id: String
    public let question: String
    public let context: String
    /// Right answers; none when the context does not say.
    public let answers: [Answer]

    public init(id: String, question: String, context: String, answers: [Answer]) {
        self.id = id
        self.question = question
        self.context = context
        self.answers = answers
    }
}

extension AnswerExample {
    /// Reads a file in SQuAD's format, version 1 or 2.
    /// - Throws: ``CorpusError`` naming the question whose answer is not where it is said to be.
    public static func read(_ path: String) throws -> [AnswerExample] {
        let json = try FileSystem.readJSON(path, limit: 1 << 32)
        var examples: [AnswerExample] = []
        for article in try list(json, "data", path) {
            for paragraph in try list(article, "paragraphs", path) {
                let context = try text(paragraph, "context", path)
                let scalars = Array(context.unicodeScalars)
                for question in try list(paragraph, "qas", path) {
                    let id = question["id"]?.stringValue ?? String(examples.count + 1)
                    let isImpossible = question["is_impossible"]?.boolValue ?? false
                    var answers: [Answer] = []
                    for answer in try isImpossible ? [] : list(question, "answers", path) {
                        let words = try text(answer, "text", path)
                        guard let start = answer["answer_start"]?.integerValue, start >= 0,
                            words.unicodeScalars.count <= scalars.count - start,
                            words.unicodeScalars.elementsEqual(scalars[start..<start + words.unicodeScalars.count])
                        else {
                            throw CorpusError(
                                .malformed, file: path,
                                "question \(id.quoted): the answer \(words.quoted) is not at its answer_start in the context"
                            )
                        }
                        answers.append(Answer(text: words, start: start))
                    }
                    examples.append(
                        AnswerExample(
                            id: id, question: try text(question, "question", path), context: context, answers: answers))
                }
            }
        }
        guard !examples.isEmpty else { throw CorpusError(.empty, file: path, "has no questions") }
        return examples
    }

    private static func list(_ json: JSON, _ key: String, _ path: String) throws -> [JSON] {
        guard let list = json[key]?.arrayValue else {
            throw CorpusError(.malformed, file: path, "has no list \(key.quoted), expected SQuAD's format")
        }
        return list
    }

    private static func text(_ json: JSON, _ key: String, _ path: String) throws -> String {
        guard let text = json[key]?.stringValue else {
            throw CorpusError(.malformed, file: path, "has no text \(key.quoted), expected SQuAD's format")
        }
        return text
    }
}
