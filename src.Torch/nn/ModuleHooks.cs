using System;
using System.Collections.Generic;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A module whose calls can be watched.</summary>
        public abstract class HookableModule<TPreHook, TPostHook> : Module
        {
            private readonly List<TPostHook> postHooks = [];

            /// <inheritdoc/>
            protected HookableModule(string name)
                : base(name) { }

            /// <summary>Runs after each <c>call</c>; what it returns, unless null, is the result.</summary>
            public HookRemover register_forward_hook(TPostHook hook)
            {
                postHooks.Add(hook);
                return new HookRemover(() => postHooks.Remove(hook));
            }

            private protected IReadOnlyList<TPostHook> PostHooks => postHooks;

            /// <summary>Takes a hook away again.</summary>
            public sealed class HookRemover
            {
                private readonly Action removal;

                internal HookRemover(Action removal) => this.removal = removal;

                /// <summary>Takes the hook away.</summary>
                public void remove() => removal();
            }
        }

        /// <summary>A module that maps one input to a result.</summary>
        public abstract class Module<T, TResult>
            : HookableModule<Func<Module<T, TResult>, T, T>, Func<Module<T, TResult>, T, TResult, TResult>>
        {
            /// <inheritdoc/>
            protected Module(string name)
                : base(name) { }

            /// <summary>What the module computes.</summary>
            public abstract TResult forward(T input);

            /// <summary>Computes the module, then its hooks.</summary>
            public TResult call(T input)
            {
                var result = forward(input);
                foreach (var hook in PostHooks)
                {
                    result = hook(this, input, result) ?? result;
                }
                return result;
            }
        }
    }
}
