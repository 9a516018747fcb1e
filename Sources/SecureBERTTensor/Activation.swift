/// An elementwise function between two linear layers.
public enum Activation: String, Sendable, CaseIterable {
    case identity
    /// `x Φ(x)` with the exact normal distribution function Φ, by erf (Hendrycks and Gimpel 2016, arXiv 1606.08415).
    case geluErf
    /// The tanh approximation of GELU from the same paper; a different function, off by up to 5e-4.
    case geluTanh
    case silu
    case relu
    case tanh
}

/// How the hidden states of a sequence become one vector.
public enum Pooling: String, Sendable, CaseIterable {
    /// The first token's.
    case cls
    /// Their mean.
    case mean
    /// Their maximum in each element.
    case max
    /// Their sum divided by the square root of their number.
    case meanSquareRootLength = "mean_sqrt_len_tokens"
    /// Their mean weighted by position, 1 for the first token, 2 for the second (Muennighoff 2022, arXiv 2202.08904).
    case weightedMean = "weightedmean"
    /// The last token's.
    case lastToken = "lasttoken"
}
