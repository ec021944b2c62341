/**
 * Side-by-side performance runs, each a table of rows with ours, a yardstick and their ratio.
 *
 * <p>{@link org.patchbay.benchmarks.Main} is the way in, called by {@code ./patchbay bench [name]};
 * nothing else calls in here. A {@link org.patchbay.benchmarks.Bench} measures in rounds, ours and
 * the yardstick in turn, so that both meet the same weather. Yardsticks are C programs of our own,
 * compiled when a bench needs them. All of it runs on the main thread, apart from the threads of
 * the subjects.
 */
@NullMarked
package org.patchbay.benchmarks;

import org.jspecify.annotations.NullMarked;
