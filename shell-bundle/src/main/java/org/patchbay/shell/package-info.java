/**
 * The operator's commands.
 *
 * <p>Each command exists once, in the {@link org.patchbay.shell.CommandTable}. One gets at it in
 * two ways: at the Gogo prompt under the scope {@code patchbay}, and through the control socket
 * {@code control.sock} in the folder that the system property {@code patchbay.run} names, as {@code
 * ./patchbay exec} does. The commands know nothing but the services of {@code org.patchbay.api} and
 * {@code org.patchbay.api.control}; those never call vendor code on the caller's thread.
 *
 * <p><b>Threads.</b> Commands run on the thread that asks: a Gogo session's, or a client thread of
 * the control socket. All waits are bounded and end by an interrupt. Nothing here is called by a
 * packet path.
 */
@NullMarked
package org.patchbay.shell;

import org.jspecify.annotations.NullMarked;
