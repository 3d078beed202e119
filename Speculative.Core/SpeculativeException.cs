namespace Speculative;

/// <summary>Base of the faults that this library reports beyond wrong arguments.</summary>
public abstract class SpeculativeException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was wrong, what was expected, what to do.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    protected SpeculativeException(string message, Exception? innerException = null) : base(message, innerException) { }
}
