/**
 * The loopback bench's subject: a frontend's loop over the loopback endpoint, as JMH runs it.
 *
 * <p>{@link org.patchbay.benchmarks.loopback.LoopbackTurn} is the JMH benchmark; the bench in the
 * package above starts it. Everything is used by JMH's one measuring thread.
 */
@NullMarked
package org.patchbay.benchmarks.loopback;

import org.jspecify.annotations.NullMarked;
