/* SPDX-License-Identifier: GPL-2.0 */
#define FROM_INC "a header of its own"
