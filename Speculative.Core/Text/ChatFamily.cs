namespace Speculative;

/// <summary>How a family of chat models spells conversations.</summary>
public enum ChatFamily
{
    /// <summary><c>&lt;|im_start|&gt;user</c> … <c>&lt;|im_end|&gt;</c>: Qwen and many others.</summary>
    ChatMl,

    /// <summary><c>&lt;|start_header_id|&gt;user&lt;|end_header_id|&gt;</c> … <c>&lt;|eot_id|&gt;</c>.</summary>
    Llama3,

    /// <summary><c>[INST]</c> … <c>[/INST]</c>, the system message between <c>&lt;&lt;SYS&gt;&gt;</c> marks.</summary>
    Llama2,

    /// <summary><c>[INST]</c> … <c>[/INST]</c>, the system message before the first user's.</summary>
    Mistral,

    /// <summary><c>USER:</c> … <c>ASSISTANT:</c>.</summary>
    Vicuna,

    /// <summary><c>&lt;|user|&gt;</c> … <c>&lt;|end|&gt;</c>: the embedded model, Phi-3.</summary>
    RoleTags,
}
