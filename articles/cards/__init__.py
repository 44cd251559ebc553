"""The picture of a change that other sites and chats show beside a link to it, 1200 by 630 pixels.

content    what is said on a card, as plain text
lettering  which text our fonts have letters for
drawing    the card as a PNG
"""
