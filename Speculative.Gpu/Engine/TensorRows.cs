namespace Speculative;

/// <summary>Some rows of a stored tensor.</summary>
/// <param name="Name">Its Hugging Face name.</param>
/// <param name="Rows">All its rows; 1 for a vector.</param>
/// <param name="Columns">The length of a row.</param>
/// <param name="First">The first row that is meant.</param>
/// <param name="Count">How many are meant.</param>
readonly record struct TensorRows(string Name, int Rows, int Columns, int First, int Count);
